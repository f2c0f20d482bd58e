import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { parseSessionToken } from '../../src/core/ids.js';
import type { RequestContext } from '../../src/core/operations.js';
import { createSessionCore, type SessionCore } from '../../src/core/session-core.js';
import type { Identity, LoginRequest } from '../../src/core/session-lifecycle.js';
import type { SessionNotice } from '../../src/core/live/session-notices.js';
import {
  resolveSessionOptions,
  type SessionOptionsInput,
} from '../../src/core/policy/session-options.js';
import type { SessionStore } from '../../src/core/session-store.js';
import type { ActiveSession, RenewedSession, Verdict } from '../../src/core/verdict.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

export const REQUEST: RequestContext = { ip: '192.0.2.1', requestId: 'request-1' };

/** `core` on a started memory store and a clock that only the spec moves, with all it tells of. */
export interface CoreUnderTest extends SessionCore {
  readonly clock: FakeClock;
  readonly notices: SessionNotice[];
  /** Shards of which `outboxGrew` told, in order. */
  readonly grown: number[];
  readonly errors: unknown[];
  /** Every audit event that waits, oldest first within its shard. */
  events(): Promise<readonly AuditEvent[]>;
  /** What a request with this token is worth now. */
  resolve(held: Pick<ActiveSession, 'token'>): Promise<Verdict>;
  /** The same, of a token known to be good. */
  hold(held: Pick<ActiveSession, 'token'>): Promise<Extract<Verdict, { state: 'active' }>>;
}

export interface CoreUnderTestOptions {
  readonly shards?: number;
  /** Puts something of the spec's between core and its store. */
  readonly wrap?: (store: SessionStore) => SessionStore;
}

export async function openCore(
  input: SessionOptionsInput = {},
  { shards = 4, wrap = (store) => store }: CoreUnderTestOptions = {},
): Promise<CoreUnderTest> {
  const clock = new FakeClock();
  const options = resolveSessionOptions(input);
  const store = wrap(memoryStore({ shards }));
  await store.start({ ...options, clock, warn: () => undefined });
  const told = { notices: [] as SessionNotice[], grown: [] as number[], errors: [] as unknown[] };
  const core = createSessionCore({
    store,
    options,
    clock,
    listener: {
      notice: (notice) => told.notices.push(notice),
      outboxGrew: (shard) => told.grown.push(shard),
    },
    reportError: (error) => told.errors.push(error),
  });
  const resolve = (held: Pick<ActiveSession, 'token'>): Promise<Verdict> =>
    core.lifecycle.resolve(parseSessionToken(held.token)!, REQUEST);
  const hold = async (held: Pick<ActiveSession, 'token'>) => {
    const verdict = await resolve(held);
    if (verdict.state !== 'active') throw new Error(`The session is ${verdict.state}`);
    return verdict;
  };
  return { ...core, ...told, clock, events: () => eventsOf(store), resolve, hold };
}

async function eventsOf(store: SessionStore): Promise<readonly AuditEvent[]> {
  const shards = Array.from({ length: store.shards }, (_, shard) => store.readOutbox(shard, 1_000));
  return (await Promise.all(shards)).flat().map(({ event }) => event);
}

/** A login without a session before it, unless `overrides` says otherwise. */
export const aLogin = (
  identity: Identity,
  overrides: Partial<Omit<LoginRequest, 'identity'>> = {},
): LoginRequest => ({
  identity,
  data: {},
  changes: { set: {}, remove: [] },
  device: {},
  request: REQUEST,
  ...overrides,
});

/** Stores an anonymous session with this data. */
export function createAnonymous(
  { lifecycle }: SessionCore,
  data: Readonly<Record<string, string>> = {},
): Promise<ActiveSession> {
  const token = lifecycle.draftToken();
  return lifecycle.createAnonymous(parseSessionToken(token)!, data, {});
}

/** What came of a login or a rotation that no other request was in the way of. */
export async function issued(renewing: Promise<RenewedSession>): Promise<ActiveSession> {
  const { session, token } = await renewing;
  if (!token) throw new Error('No token was issued');
  return { session, token };
}
