import { createHash } from 'node:crypto';
import { composeSessionId, type SessionId, type TokenHash } from '../../src/core/ids.js';
import type {
  CreateRequest,
  NewSession,
  Operation,
  RevokeAllRequest,
  RevokeRequest,
  RotateRequest,
  SaveRequest,
} from '../../src/core/session-store.js';
import { shardOfUser, type User } from '../../src/core/user.js';
import { NOBODY, SHARDS, type Command } from './commands.js';

/** A command with its numbers filled in: what a store, and the model, can be asked. */
export type Step = { readonly operation: Operation } & (
  | { readonly kind: 'create'; readonly request: CreateRequest }
  | { readonly kind: 'find'; readonly id: SessionId }
  | { readonly kind: 'list'; readonly user: User }
  | { readonly kind: 'save'; readonly request: SaveRequest }
  | { readonly kind: 'touch'; readonly id: SessionId }
  | { readonly kind: 'rotate'; readonly request: RotateRequest }
  | { readonly kind: 'confirm'; readonly id: SessionId; readonly token: TokenHash }
  | { readonly kind: 'revoke'; readonly request: RevokeRequest }
  | { readonly kind: 'revokeAll'; readonly request: RevokeAllRequest }
  | { readonly kind: 'block'; readonly user: User; readonly until: number }
  | { readonly kind: 'revokeEverything'; readonly shard: number }
  | { readonly kind: 'sweep'; readonly shard: number }
);

const MINUTE_MS = 60_000;
const IDLE_MS = 20 * MINUTE_MS;
const ABSOLUTE_MS = 60 * MINUTE_MS;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const tokenNamed = (name: string): TokenHash => digest(name).toString('base64url') as TokenHash;
const NEVER_OPENED = composeSessionId(0, digest('never opened'));
const userNumber = (number: number): User => ({ tenantId: '', userId: `user-${number}` });

/** Fills in the numbers of commands, and remembers what they have called into being. */
export class Steps {
  private readonly sessions: SessionId[] = [];
  private readonly tokens = new Map<SessionId, TokenHash[]>();
  private operations = 0;

  /** All see the same past: none of them knows of what another of them makes. */
  of(commands: readonly Command[], now: number): readonly Step[] {
    const known = [...this.sessions];
    return commands.map((command) => this.step(command, known, now));
  }

  /** A token that a session turned out to have got. */
  note({ id, to }: RotateRequest): void {
    this.tokens.get(id)?.unshift(to);
  }

  private step(command: Command, known: readonly SessionId[], now: number): Step {
    const operation = this.operation(now);
    const id = (number: number): SessionId =>
      known[number % Math.max(known.length, 1)] ?? NEVER_OPENED;
    switch (command.kind) {
      case 'create': {
        const { kind, user, limit } = command;
        const session = this.newSession(user, operation);
        return { kind, operation, request: { session, ...(limit && { limit }) } };
      }
      case 'revokeAll': {
        const { kind, except } = command;
        const spared = except === null ? undefined : id(except);
        return { kind, operation, request: revokeAllRequest(command, spared, now) };
      }
      case 'block': {
        const { kind, user, minutes } = command;
        return { kind, operation, user: userNumber(user), until: now + minutes * MINUTE_MS };
      }
      case 'list':
        return { kind: command.kind, operation, user: userNumber(command.user) };
      case 'revokeEverything':
      case 'sweep':
        return { ...command, operation };
      default:
        return this.stepOfSession(id(command.session), command, operation);
    }
  }

  private stepOfSession(
    id: SessionId,
    command: Extract<Command, { session: number }>,
    operation: Operation,
  ): Step {
    switch (command.kind) {
      case 'save':
        return { kind: 'save', operation, request: saveRequest(id, command) };
      case 'rotate': {
        const from = this.token(id, command.from);
        return { kind: 'rotate', operation, request: rotateRequest(id, from, command, operation) };
      }
      case 'confirm':
        return { kind: 'confirm', operation, id, token: this.token(id, command.token) };
      case 'revoke': {
        const only = command.onlyUser === null ? undefined : userNumber(command.onlyUser);
        return {
          kind: 'revoke',
          operation,
          request: { id, reason: 'revoked', ...(only && { only }) },
        };
      }
      case 'find':
      case 'touch':
        return { kind: command.kind, operation, id };
    }
  }

  /** Counted back from the latest that is known of. */
  private token(id: SessionId, number: number): TokenHash {
    const tokens = this.tokens.get(id) ?? [tokenNamed('never issued')];
    return tokens[number % tokens.length]!;
  }

  private operation(now: number): Operation {
    this.operations += 1;
    const eventId = `operation-${this.operations}`;
    return { eventId, now, deadline: now + MINUTE_MS, context: { initiator: 'user' } };
  }

  private newSession(number: number, { eventId, now }: Operation): NewSession {
    const user = number === NOBODY ? undefined : userNumber(number);
    const shard = user ? shardOfUser(user, SHARDS) : 0;
    const id = composeSessionId(shard, digest(eventId));
    const tokenHash = tokenNamed(eventId);
    this.sessions.push(id);
    this.tokens.set(id, [tokenHash]);
    return {
      id,
      ...(user && { user, authenticatedAt: now }),
      createdAt: now,
      lastSeenAt: now,
      absoluteExpiresAt: now + ABSOLUTE_MS,
      idleTimeoutMs: IDLE_MS,
      tokenHash,
      generation: 0,
      rotatedAt: now,
      rotation: 'immediate',
      methods: ['pwd'],
      device: {},
      data: { a: '0' },
    };
  }
}

const saveRequest = (
  id: SessionId,
  { key, value, ifVersion, activity, maxDataBytes }: Extract<Command, { kind: 'save' }>,
): SaveRequest => ({
  id,
  set: value === null ? {} : { [key]: String(value) },
  remove: value === null ? [key] : [],
  ...(ifVersion !== null && { ifVersion }),
  ...(maxDataBytes !== null && { maxDataBytes }),
  activity,
});

const revokeAllRequest = (
  { user, olderThan }: Extract<Command, { kind: 'revokeAll' }>,
  except: SessionId | undefined,
  now: number,
): RevokeAllRequest => ({
  user: userNumber(user),
  reason: 'revoked-all',
  ...(except && { except }),
  ...(olderThan !== null && { before: now - olderThan * MINUTE_MS }),
});

const rotateRequest = (
  id: SessionId,
  from: TokenHash,
  { rotation, replaceUnconfirmed, reauthenticates }: Extract<Command, { kind: 'rotate' }>,
  { eventId, now }: Operation,
): RotateRequest => ({
  id,
  from,
  to: tokenNamed(eventId),
  kind: rotation,
  replaceUnconfirmed,
  ...(reauthenticates && {
    reauthenticated: { methods: ['pwd', 'otp'], absoluteExpiresAt: now + ABSOLUTE_MS },
  }),
});
