import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { shardOfSession, type SessionId } from '../../src/core/ids.js';
import type { SessionRecord, Tombstone } from '../../src/core/session-record.js';
import type {
  EndedSession,
  Operation,
  RotateRequest,
  SaveRequest,
} from '../../src/core/session-store.js';
import { shardOfUser, type User } from '../../src/core/user.js';
import { SHARDS } from './commands.js';
import type { Step } from './steps.js';

type Ending = Pick<Tombstone, 'state' | 'reason' | 'endedAt'>;
type Of<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

const GONE = { result: 'gone' } as const;

/**
 * What a store has to do, as plainly as it can be told: everything in a few maps, one step at a
 * time, every session looked at whenever one is wanted.
 */
export class ReferenceModel {
  /** Since they were last taken, by shard. */
  events: AuditEvent[][] = noEvents();

  constructor(
    private readonly sessions = new Map<SessionId, SessionRecord>(),
    private readonly tombstones = new Map<SessionId, Tombstone>(),
    private readonly blocks = new Map<string, number>(),
    private readonly epochs = Array.from({ length: SHARDS }, () => 0),
  ) {}

  /** As it is now, with no events. */
  copy(): ReferenceModel {
    return new ReferenceModel(
      new Map(this.sessions),
      new Map(this.tombstones),
      new Map(this.blocks),
      [...this.epochs],
    );
  }

  /** The answer that a store has to give, with its effects. */
  apply(step: Step): unknown {
    switch (step.kind) {
      case 'create':
        return this.create(step);
      case 'find':
        return this.find(step.id);
      case 'list':
        return this.alive(step.user, step.operation);
      case 'save':
        return this.save(step.request, step.operation);
      case 'touch':
        return this.change(step.id, step.operation, seen) ? 'touched' : 'gone';
      case 'rotate':
        return this.rotate(step.request, step.operation);
      case 'confirm':
        return this.confirm(step);
      case 'revoke':
        return this.revoke(step);
      case 'revokeAll':
        return this.revokeAll(step);
      case 'block':
        this.blocks.set(step.user.userId, step.until);
        this.record(shardOfUser(step.user, SHARDS), 'user.blocked', step.operation, step.user);
        return undefined;
      case 'revokeEverything': {
        const { shard, operation } = step;
        this.epochs[shard] = Math.max(operation.now, this.epochs[shard]! + 1);
        this.record(shard, 'sessions.all_revoked', operation, { reason: 'all-revoked' });
        return undefined;
      }
      case 'sweep': {
        const inShard = [...this.sessions.values()].filter(
          ({ id }) => shardOfSession(id) === step.shard,
        );
        return { ended: this.endDead(inShard, step.operation), more: false };
      }
    }
  }

  private create({ request: { session, limit }, operation }: Of<'create'>): unknown {
    const { user } = session;
    const until = this.blocks.get(user?.userId ?? '') ?? 0;
    if (until > operation.now) return { result: 'blocked', until };
    let ended: EndedSession[] = [];
    if (user && limit) {
      ended = this.endDead(this.of(user), operation);
      const living = this.of(user).toSorted(
        (left, right) => left.lastSeenAt - right.lastSeenAt || compare(left.id, right.id),
      );
      const excess = living.slice(0, Math.max(living.length + 1 - limit.max, 0));
      if (excess.length > 0 && limit.onLimit === 'reject')
        return { result: 'limit-reached', ended };
      ended.push(
        ...excess.map((one) => this.end(one, evicted(operation), asPart(operation, one, 'policy'))),
      );
    }
    const epoch = this.epochs[shardOfSession(session.id)]!;
    const created: SessionRecord = { ...session, state: 'active', epoch, version: 1 };
    this.sessions.set(session.id, created);
    this.recordOf(created, 'session.created', operation);
    return { result: 'created', session: created, ended: ended.toSorted(byId) };
  }

  private find(id: SessionId): unknown {
    const session = this.sessions.get(id) ?? this.tombstones.get(id);
    return session && { session, shardEpoch: this.epochs[shardOfSession(id)] };
  }

  private alive(user: User, { now }: Operation): SessionRecord[] {
    return this.of(user)
      .filter((session) => !this.lapseOf(session, now))
      .toSorted((left, right) => left.createdAt - right.createdAt || byId(left, right));
  }

  private save(
    { id, set, remove, ifVersion, activity, maxDataBytes = Infinity }: SaveRequest,
    operation: Operation,
  ): unknown {
    const session = this.meet(id, operation);
    if (!session) return GONE;
    if (ifVersion !== undefined && ifVersion !== session.version) return { result: 'conflict' };
    const kept = Object.entries(session.data).filter(([key]) => !remove.includes(key));
    const data = { ...Object.fromEntries(kept), ...set };
    const bytes = sizeOf(data);
    if (bytes > maxDataBytes && bytes > sizeOf(session.data)) return { result: 'too-large', bytes };
    const version = session.version + 1;
    const active = activity === 'touch' ? seen(session, operation) : session;
    this.sessions.set(id, { ...active, data, version });
    return { result: 'saved', version };
  }

  private rotate(request: RotateRequest, operation: Operation): unknown {
    const { id, from, to, kind, replaceUnconfirmed, reauthenticated } = request;
    const session = this.meet(id, operation);
    if (!session) return GONE;
    const { confirmedAt, ...unconfirmed } = session;
    const isUnconfirmed =
      session.previousTokenHash && session.rotation === 'periodic' && confirmedAt === undefined;
    if (session.tokenHash !== from || (replaceUnconfirmed && !isUnconfirmed))
      return { result: 'lost', session };
    const rotated: SessionRecord = {
      ...seen(unconfirmed, operation),
      ...(!replaceUnconfirmed && {
        previousTokenHash: from,
        generation: session.generation + 1,
        rotation: kind,
      }),
      tokenHash: to,
      rotatedAt: operation.now,
      ...(reauthenticated && { ...reauthenticated, authenticatedAt: operation.now }),
    };
    this.sessions.set(id, rotated);
    if (reauthenticated) {
      const context = { ...operation.context, methods: reauthenticated.methods };
      this.recordOf(rotated, 'session.reauthenticated', { ...operation, context });
    } else this.recordOf(rotated, 'session.rotated', operation);
    return { result: 'rotated', session: rotated };
  }

  private confirm({ id, token, operation }: Of<'confirm'>): unknown {
    const session = this.meet(id, operation);
    if (!session) return 'gone';
    if (session.tokenHash !== token) return 'lost';
    this.sessions.set(id, { confirmedAt: operation.now, ...session });
    return 'confirmed';
  }

  private revoke({ request: { id, reason, only }, operation }: Of<'revoke'>): unknown {
    if (only && this.sessions.get(id)?.user?.userId !== only.userId) return GONE;
    const session = this.meet(id, operation);
    if (!session) return GONE;
    this.end(session, { state: 'revoked', reason, endedAt: operation.now }, operation);
    return { result: 'revoked', session };
  }

  private revokeAll({ request, operation }: Of<'revokeAll'>): EndedSession[] {
    const { user, reason, except, before = Infinity } = request;
    const dead = this.endDead(this.of(user), operation);
    const revoked = this.of(user)
      .filter(({ id, createdAt }) => id !== except && createdAt < before)
      .map((one) =>
        this.end(one, { state: 'revoked', reason, endedAt: operation.now }, asPart(operation, one)),
      );
    return [...dead, ...revoked].toSorted(byId);
  }

  private of(user: User): SessionRecord[] {
    return [...this.sessions.values()].filter((session) => session.user?.userId === user.userId);
  }

  /** A live session; one that is met past its end is ended. */
  private meet(id: SessionId, operation: Operation): SessionRecord | undefined {
    const session = this.sessions.get(id);
    if (session) this.endDead([session], operation);
    return this.sessions.get(id);
  }

  private change(
    id: SessionId,
    operation: Operation,
    how: (session: SessionRecord, operation: Operation) => SessionRecord,
  ): boolean {
    const session = this.meet(id, operation);
    if (session) this.sessions.set(id, how(session, operation));
    return session !== undefined;
  }

  private endDead(sessions: readonly SessionRecord[], operation: Operation): EndedSession[] {
    return sessions
      .flatMap((session) => {
        const lapse = this.lapseOf(session, operation.now);
        return lapse ? [this.end(session, lapse, asPart(operation, session, 'system'))] : [];
      })
      .toSorted(byId);
  }

  private lapseOf(session: SessionRecord, now: number): Ending | undefined {
    const epoch = this.epochs[shardOfSession(session.id)]!;
    if (session.epoch < epoch) return { state: 'revoked', reason: 'all-revoked', endedAt: epoch };
    const absolute = session.absoluteExpiresAt;
    if (now >= absolute) return { state: 'expired', reason: 'absolute', endedAt: absolute };
    const idle = session.lastSeenAt + session.idleTimeoutMs;
    return now >= idle ? { state: 'expired', reason: 'idle', endedAt: idle } : undefined;
  }

  private end(session: SessionRecord, ending: Ending, operation: Operation): EndedSession {
    const { id, user, tokenHash, previousTokenHash, generation } = session;
    this.sessions.delete(id);
    this.tombstones.set(id, {
      ...ending,
      id,
      ...(user && { user }),
      tokenHash,
      ...(previousTokenHash && { previousTokenHash }),
      generation,
      eventId: operation.eventId,
    });
    const { state, reason } = ending;
    this.recordOf(session, `session.${state}`, operation, reason);
    return { id, ...(user && { user }), state, reason };
  }

  private recordOf(
    { id, user }: SessionRecord,
    type: AuditEvent['type'],
    operation: Operation,
    reason?: string,
  ): void {
    if (!user) return;
    const subject = { ...user, sessionId: id, ...(reason !== undefined && { reason }) };
    this.record(shardOfSession(id), type, operation, subject);
  }

  private record(
    shard: number,
    type: AuditEvent['type'],
    { eventId, now, context }: Operation,
    subject: Partial<AuditEvent>,
  ): void {
    const event = { ...context, ...subject, eventId, type, occurredAt: now };
    this.events[shard]!.push({ ...event, outcome: 'success' });
  }
}

const noEvents = (): AuditEvent[][] => Array.from({ length: SHARDS }, () => []);

const seen = (session: SessionRecord, { now }: Operation): SessionRecord => ({
  ...session,
  lastSeenAt: Math.max(session.lastSeenAt, now),
});

const evicted = ({ now }: Operation): Ending => ({
  state: 'evicted',
  reason: 'session-limit',
  endedAt: now,
});

const sizeOf = (data: Readonly<Record<string, string>>): number =>
  Object.entries(data).flat().join('').length;

const compare = (left: string, right: string): number => (left < right ? -1 : 1);
const byId = (left: { readonly id: string }, right: { readonly id: string }): number =>
  compare(left.id, right.id);

/** The part of an operation that ends one of several sessions has an event of its own. */
const asPart = (
  operation: Operation,
  { id }: SessionRecord,
  initiator = operation.context.initiator,
): Operation => ({
  ...operation,
  eventId: `${operation.eventId}.${id}`,
  context: { initiator },
});
