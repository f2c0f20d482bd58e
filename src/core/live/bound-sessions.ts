import { shardOfSession, type SessionId } from '../ids.js';
import type { LiveConnection } from './live-binding.js';
import { expiresAt, lapseOf, type Lapse } from '../policy/session-policy.js';
import type { SessionRecord } from '../session-record.js';
import type { EndedSession, FoundSession } from '../session-store.js';
import { userKey, type User } from '../user.js';

/** Whose connections are meant. */
export type LiveFilter = { readonly sessionId: SessionId } | { readonly user: User };

/** A connection as it is kept with its session. */
export interface BoundConnection {
  readonly connection: LiveConnection;
  readonly bound: BoundSession;
  open: boolean;
}

/** A session with live connections, and what is known of it. */
export interface BoundSession {
  readonly shard: number;
  session: SessionRecord;
  /** Activity included that the record does not have yet. */
  lastSeenAt: number;
  /** When the record was asked for that is known, on the store's clock. */
  readAt: number;
  /** When the session was last known to be alive, on the store's clock. */
  aliveAt: number;
  /** The shard's last ending when the record was asked for, as far as that was known. */
  lastEnding: string | undefined;
  /** When the session was last looked at, on a clock that nobody sets. */
  askedAt: number;
  readonly connections: Set<BoundConnection>;
}

/** Reason where a store has forgotten a session with everything it knew of it. */
export const NOT_FOUND = 'not-found';

/** The sessions that have live connections, by id and by user. */
export class BoundSessions {
  private readonly byId = new Map<SessionId, BoundSession>();
  private readonly byUser = new Map<string, Set<BoundSession>>();

  get size(): number {
    return this.byId.size;
  }

  get(id: SessionId): BoundSession | undefined {
    return this.byId.get(id);
  }

  all(): readonly BoundSession[] {
    return [...this.byId.values()];
  }

  matching(of: LiveFilter): readonly BoundSession[] {
    if ('user' in of) return [...(this.byUser.get(userKey(of.user)) ?? [])];
    const bound = this.byId.get(of.sessionId);
    return bound ? [bound] : [];
  }

  /** Those that were last asked for by then. */
  askedBy(instant: number): readonly BoundSession[] {
    const due: BoundSession[] = [];
    for (const bound of this.byId.values()) if (bound.askedAt <= instant) due.push(bound);
    return due;
  }

  /** The one of this id, or a new one. */
  of(session: SessionRecord, readAt: number): BoundSession {
    const present = this.byId.get(session.id);
    if (present) return present;
    const { lastSeenAt, user } = session;
    const askedAt = performance.now();
    const shard = shardOfSession(session.id);
    const connections = new Set<BoundConnection>();
    const known = { session, lastSeenAt, readAt, aliveAt: readAt, lastEnding: undefined };
    const bound: BoundSession = { shard, ...known, askedAt, connections };
    this.byId.set(session.id, bound);
    if (user)
      this.byUser.set(userKey(user), (this.byUser.get(userKey(user)) ?? new Set()).add(bound));
    return bound;
  }

  forget(bound: BoundSession): void {
    const { id, user } = bound.session;
    this.byId.delete(id);
    if (!user) return;
    const siblings = this.byUser.get(userKey(user));
    siblings?.delete(bound);
    if (siblings?.size === 0) this.byUser.delete(userKey(user));
  }

  clear(): void {
    this.byId.clear();
    this.byUser.clear();
  }
}

export const shardsOf = (sessions: readonly BoundSession[]): readonly number[] => [
  ...new Set(sessions.map(({ shard }) => shard)),
];

/** The records of these by id; quickest where it is asked in their order. */
export function recordsOf(
  chunk: readonly BoundSession[],
): (id: SessionId) => SessionRecord | undefined {
  let next = 0;
  return (id) => {
    const expected = chunk[next]?.session;
    if (expected?.id !== id) next = chunk.findIndex(({ session }) => session.id === id);
    return chunk[next++]?.session;
  };
}

export const belongsTo = ({ id, user }: SessionRecord, of: LiveFilter): boolean =>
  'user' in of ? user !== undefined && userKey(user) === userKey(of.user) : id === of.sessionId;

/** How a session has ended by what was found of it; undefined while it is alive. */
export function endingOf(
  { session: { id, user } }: BoundSession,
  found: FoundSession | undefined,
  now: number,
): EndedSession | undefined {
  const end = found ? endOf(found, now) : ({ state: 'revoked', reason: NOT_FOUND } as const);
  return end && { id, ...(user && { user }), state: end.state, reason: end.reason };
}

const endOf = (
  { session, shardEpoch }: FoundSession,
  now: number,
): Pick<EndedSession, 'state' | 'reason'> | undefined =>
  session.state === 'active' ? lapseOf(session, shardEpoch, now) : session;

/**
 * Records are read anew after this time in any case: what somebody changed in the store by hand is
 * told by no ending.
 */
const LONGEST_UNREAD_MS = 60_000;

/**
 * Whether a session can have ended since its record was asked for: another of its shard has, or
 * the record's own times are up, which activity may have moved meanwhile.
 */
export const mayHaveEnded = (
  { session, readAt, lastEnding }: BoundSession,
  present: string | undefined,
  now: number,
): boolean =>
  present === undefined ||
  present !== lastEnding ||
  now >= expiresAt(session) ||
  now >= readAt + LONGEST_UNREAD_MS;

/** Whether what is known of a session ends it. */
export function knownLapseOf(
  { session, lastSeenAt }: BoundSession,
  now: number,
): Lapse | undefined {
  const { epoch, absoluteExpiresAt, idleTimeoutMs } = session;
  return lapseOf({ epoch, absoluteExpiresAt, idleTimeoutMs, lastSeenAt }, epoch, now);
}
