import type { AuditAnchor } from '../../core/audit/audit-anchor.js';
import type { AuditContext } from '../../core/audit/audit-event.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import type { SessionId } from '../../core/ids.js';
import { expiresAt, lapseOf } from '../../core/policy/session-policy.js';
import type {
  EndedState,
  SessionRecord,
  StoredSession,
  Tombstone,
} from '../../core/session-record.js';
import type {
  EndedSession,
  Operation,
  StoreMessage,
  StoreSettings,
} from '../../core/session-store.js';
import { userKey, type User } from '../../core/user.js';
import { auditEvent, factOf, partOf, type Fact } from '../../core/audit/audit-facts.js';
import { deepFreeze } from '../../core/deep-freeze.js';
import { ForgetfulMap } from './forgetful-map.js';
import { MemoryOutbox } from './memory-outbox.js';
import { ScoredSet, type Scored } from './scored-set.js';

/** How a session ends, and the fact that tells of it. */
export interface Ending {
  readonly state: EndedState;
  readonly reason: string;
  readonly at: number;
  readonly fact: Fact['type'];
}

/** Behind all that has the score of 0. */
const AT_ONCE: Scored = { score: 1, member: '' };
const BY_SYSTEM: AuditContext = { initiator: 'system' };

/**
 * One shard's sessions, indexes and outbox, with the steps that keep them in agreement. Nothing
 * in here waits, so whatever one call does is atomic. Records are frozen and replaced, never changed.
 */
export class MemoryShard {
  epoch = 0;
  /** The operation that last ended sessions, or began an epoch. */
  lastEnding: string | undefined;
  readonly records = new Map<SessionId, SessionRecord>();
  /** Ids of each user's sessions, by creation. */
  readonly users = new Map<string, ScoredSet>();
  /** Ids of users' sessions, by creation; kept with `adminIndex` only. */
  readonly creations = new ScoredSet();
  /** Ids of all sessions, by their earlier deadline. */
  readonly expiries = new ScoredSet();
  readonly tombstones = new ForgetfulMap<Tombstone>();
  /** Ends of blocks, by user key. */
  readonly blocks = new ForgetfulMap<number>();
  readonly outbox = new MemoryOutbox();
  anchor: AuditAnchor | undefined;
  /** What each operation answered, by event id, until its deadline. */
  private readonly replies = new ForgetfulMap<{ readonly reply: unknown }>();

  /** Sessions that the operation at hand has ended. */
  private readonly ended: EndedSession[] = [];

  constructor(
    readonly settings: StoreSettings,
    private readonly number: number,
    private readonly tell: (message: StoreMessage) => void,
  ) {}

  /**
   * Has an effect once: a repetition gets the first reply, and nothing happens from the deadline
   * on. @throws SessionStoreUnavailableError at the deadline
   */
  once<Reply>(name: string, operation: Operation, effect: () => Reply): Reply {
    this.forget();
    if (this.settings.clock.now() >= operation.deadline)
      throw new SessionStoreUnavailableError(name);
    const remembered = this.replies.get(operation.eventId);
    if (remembered !== undefined) return remembered.reply as Reply;
    const { epoch } = this;
    const reply = deepFreeze(effect());
    this.replies.set(operation.eventId, { reply }, operation.deadline);
    const endings = this.ended.splice(0);
    if (endings.length > 0 || this.epoch > epoch) this.lastEnding = operation.eventId;
    if (endings.length > 0) this.tell({ type: 'ended', endings });
    if (this.epoch > epoch) this.tell({ type: 'epoch', shard: this.number });
    return reply;
  }

  stored(id: SessionId): StoredSession | undefined {
    this.forget();
    return this.records.get(id) ?? this.tombstones.get(id);
  }

  /** A live session; one that is found past its end is ended here. */
  live(id: SessionId, operation: Operation): SessionRecord | undefined {
    const session = this.records.get(id);
    if (session === undefined) return undefined;
    return this.endIfLapsed(session, operation) === undefined ? session : undefined;
  }

  /** Adds a session, or replaces its record. */
  put(session: SessionRecord): SessionRecord {
    const frozen = deepFreeze(session);
    this.records.set(session.id, frozen);
    this.expiries.set(session.id, expiresAt(session));
    if (session.user === undefined) return frozen;
    this.index(session.user, session);
    if (this.settings.adminIndex) this.creations.set(session.id, session.createdAt);
    return frozen;
  }

  /** Leaves a tombstone; the fact is recorded under the operation's own event id. */
  end(
    session: SessionRecord,
    { state, reason, at, fact }: Ending,
    operation: Operation,
  ): EndedSession {
    const { id, user, tokenHash, previousTokenHash, generation } = session;
    this.drop(id, user);
    this.tombstones.set(
      id,
      deepFreeze({
        state,
        id,
        ...(user !== undefined && { user }),
        tokenHash,
        ...(previousTokenHash !== undefined && { previousTokenHash }),
        generation,
        reason,
        endedAt: at,
        eventId: operation.eventId,
      }),
      Math.max(operation.now + this.settings.tombstoneTtlMs, session.tombstoneUntil ?? 0),
    );
    const ended = { id, ...(user && { user }), state, reason };
    this.ended.push(ended);
    if (user) this.record(factOf(fact, { user, id, reason }), operation);
    return ended;
  }

  private endIfLapsed(session: SessionRecord, operation: Operation): EndedSession | undefined {
    const lapse = lapseOf(session, this.epoch, operation.now);
    if (lapse === undefined) return undefined;
    return this.end(
      session,
      { ...lapse, fact: `session.${lapse.state}` },
      partOf(operation, session.id, BY_SYSTEM),
    );
  }

  /** Tells the live among these sessions; ends the others and drops entries without a record. */
  settle(
    entries: readonly Scored[],
    operation: Operation,
    user?: User,
  ): { readonly live: SessionRecord[]; readonly ended: EndedSession[] } {
    const live: SessionRecord[] = [];
    const ended: EndedSession[] = [];
    for (const { member } of entries) {
      const id = member as SessionId;
      const session = this.records.get(id);
      if (session === undefined) {
        this.drop(id, user);
        continue;
      }
      const ending = this.endIfLapsed(session, operation);
      if (ending === undefined) live.push(session);
      else ended.push(ending);
    }
    return { live, ended };
  }

  /** Settles all of a user's sessions. */
  walk(user: User, operation: Operation): ReturnType<MemoryShard['settle']> {
    return this.settle([...this.indexOf(user)], operation, user);
  }

  /** A user's sessions that are alive at `now`, oldest first, strictly after `from`. */
  *liveOf(user: User, from: Scored | undefined, now: number): Generator<SessionRecord> {
    for (const { member } of this.indexOf(user, from)) {
      const session = this.records.get(member as SessionId);
      if (session === undefined) continue;
      if (lapseOf(session, this.epoch, now) === undefined) yield session;
    }
  }

  /** Users who have sessions, of one tenant or of all, and how many these are. */
  count(tenantId?: string): { readonly sessions: number; readonly users: number } {
    const prefix = tenantId === undefined ? '' : userKey({ tenantId, userId: '' });
    let [sessions, users] = [0, 0];
    for (const [key, index] of this.users)
      if (key.startsWith(prefix)) [sessions, users] = [sessions + index.size, users + 1];
    return { sessions, users };
  }

  /** Without what a new epoch has made due at once. */
  get nextDueAt(): number | undefined {
    const [next] = this.expiries.after(AT_ONCE);
    return next?.score;
  }

  record(fact: Fact, operation: Operation): void {
    if (this.settings.audit) this.outbox.add(auditEvent(fact, operation));
  }

  private indexOf(user: User, from?: Scored): Iterable<Scored> {
    return this.users.get(userKey(user))?.after(from) ?? [];
  }

  private index(user: User, { id, createdAt }: SessionRecord): void {
    const index = this.users.get(userKey(user)) ?? new ScoredSet();
    index.set(id, createdAt);
    this.users.set(userKey(user), index);
  }

  /** Takes a session out of the records and all indexes. */
  private drop(id: SessionId, user?: User): void {
    this.records.delete(id);
    this.expiries.delete(id);
    this.creations.delete(id);
    if (user === undefined) return;
    const index = this.users.get(userKey(user));
    index?.delete(id);
    if (index?.size === 0) this.users.delete(userKey(user));
  }

  private forget(): void {
    const now = this.settings.clock.now();
    this.tombstones.forget(now);
    this.blocks.forget(now);
    this.replies.forget(now);
  }
}
