import type { AuditAnchor } from './audit/audit-anchor.js';
import type { AuditContext, AuditEvent, AuditEventType } from './audit/audit-event.js';
import type { Clock } from './clock.js';
import type { SessionId, TokenHash } from './ids.js';
import type { OnLimit, SessionOptions } from './policy/session-options.js';
import type { RotationKind, SessionRecord, StoredSession } from './session-record.js';
import type { User } from './user.js';

/** What a driver needs to know of the application it works for. */
export interface StoreSettings extends Pick<
  SessionOptions,
  'tombstoneTtlMs' | 'storeTimeoutMs' | 'audit' | 'outboxMaxBytes' | 'adminIndex'
> {
  /** Where operations have their instants from, before `clockOffsetMs` is added. */
  readonly clock: Clock;
  /** Called with what an operator should read: a server away, a wrong memory policy. Holds no secret. */
  readonly warn: (message: string) => void;
}

/**
 * One attempt at one change. Sent twice, even by a connection that resends what it believes lost,
 * it has effect once and answers the same both times.
 */
export interface Operation {
  /** Names the attempt and the audit event it leaves. */
  readonly eventId: string;
  /** The caller's instant, which the change is judged and stamped with. */
  readonly now: number;
  /**
   * On the same clock as `now`. From then on the operation does nothing and rejects with
   * `SESSION_STORE_UNAVAILABLE`, so that what a caller was told has failed cannot happen later.
   */
  readonly deadline: number;
  /** Who and why, for the audit event. Anonymous sessions leave none. */
  readonly context: AuditContext;
}

/** The store stamps `epoch` and `version` itself. */
export type NewSession = Omit<SessionRecord, 'state' | 'epoch' | 'version'>;

export interface CreateRequest {
  readonly session: NewSession;
  /** Absent: no limit. Ignored for an anonymous session. */
  readonly limit?: { readonly max: number; readonly onLimit: OnLimit };
  /** Names and texts of the data, in bytes as they are stored, may come to so many. Absent: to any number. */
  readonly maxDataBytes?: number;
  /** The fact recorded. Default: `session.created`. */
  readonly eventType?: Extract<AuditEventType, 'session.created' | 'session.adopted'>;
}

export type CreateResult =
  | {
      readonly result: 'created';
      readonly session: SessionRecord;
      readonly ended: readonly EndedSession[];
    }
  /** Nothing is recorded of the refusal itself; whoever can cause any number of them bounds that. */
  | {
      readonly result: 'limit-reached';
      readonly ended: readonly EndedSession[];
    }
  | { readonly result: 'blocked'; readonly until: number }
  | DataTooLarge
  /** The id is taken by a session with another token, or by a tombstone. */
  | { readonly result: 'taken' }
  /** The outbox is over twice its bound. */
  | { readonly result: 'backlog' };

/** The data would come to so many bytes, as they are stored. Nothing has changed. */
export interface DataTooLarge {
  readonly result: 'too-large';
  readonly bytes: number;
}

/** Enough of an ending to tell others of it. */
export interface EndedSession {
  readonly id: SessionId;
  readonly user?: User;
  readonly state: 'revoked' | 'evicted' | 'expired';
  readonly reason: string;
}

/** `session` may be past its deadlines or of an old epoch; the caller judges (`lapseOf`). */
export interface FoundSession {
  readonly session: StoredSession;
  readonly shardEpoch: number;
}

export interface SaveRequest {
  readonly id: SessionId;
  /** JSON texts by top-level key. Keys that are in neither list stay as they are. */
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  /** Saves only over this version of the data; otherwise the last writer of a key wins. */
  readonly ifVersion?: number;
  /**
   * Names and texts of all the data, in bytes as they are stored, may come to so many: of any number
   * of simultaneous writers, the bound holds. Data beyond it already may be written as long as they
   * do not grow. Absent: to any number.
   */
  readonly maxDataBytes?: number;
  /** Whether the write counts as activity. Default: `touch`. */
  readonly activity?: 'touch' | 'none';
}

export type SaveResult =
  /** `version` is the one after. */
  | { readonly result: 'saved'; readonly version: number }
  | DataTooLarge
  | { readonly result: 'conflict' | 'gone' };

export interface RotateRequest {
  readonly id: SessionId;
  /** The hash that must be in force now. */
  readonly from: TokenHash;
  readonly to: TokenHash;
  readonly kind: RotationKind;
  /**
   * Replaces a token in force that was never used: the generation and the previous token stay,
   * and the answer is `lost` if it has been confirmed meanwhile.
   */
  readonly replaceUnconfirmed?: boolean;
  /** Set on a new proof of identity: renews it and both timeouts (NIST SP 800-63B-4, 5.2). */
  readonly reauthenticated?: {
    readonly methods: readonly string[];
    readonly absoluteExpiresAt: number;
  };
}

export type RotateResult =
  | { readonly result: 'rotated'; readonly session: SessionRecord }
  /** Alive, but another caller rotated or confirmed first; the record is as it is now. */
  | { readonly result: 'lost'; readonly session: SessionRecord }
  | { readonly result: 'gone' };

export interface RevokeRequest {
  readonly id: SessionId;
  readonly reason: string;
  /** The fact recorded. Default: `session.revoked`. */
  readonly eventType?: Extract<AuditEventType, 'session.revoked' | 'session.token_reused'>;
  /** Ends the session only if it belongs here; otherwise the answer is `gone`. */
  readonly only?: Partial<User>;
}

export type RevokeResult =
  /** The session as it was the moment it ended, data included. */
  { readonly result: 'revoked'; readonly session: SessionRecord } | { readonly result: 'gone' };

export interface RevokeAllRequest {
  readonly user: User;
  readonly reason: string;
  readonly except?: SessionId;
  /** Ends only sessions created before this instant. */
  readonly before?: number;
}

export interface PageRequest {
  /** At least 1. */
  readonly limit: number;
  /** From a previous page's `nextCursor`. @throws SessionInputInvalidError for one that is malformed */
  readonly cursor?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** A place in creation order, newest first; `id` decides between sessions of one instant. */
export interface CreationPoint {
  readonly createdAt: number;
  readonly id: SessionId;
}

/** Where to go on in creation order: behind an entry or, with an empty id, behind an instant. */
export interface CreationBound {
  readonly createdAt: number;
  readonly id: SessionId | '';
}

export interface SweepResult {
  readonly ended: readonly EndedSession[];
  /** The budget ran out before the due entries did. */
  readonly more: boolean;
}

export interface OutboxEntry {
  /** Names the entry to `acknowledge`; means nothing else. */
  readonly key: string;
  readonly event: AuditEvent;
}

export interface OutboxState {
  readonly entries: number;
  readonly bytes: number;
  /** When the oldest entry occurred. */
  readonly oldestAt?: number;
}

/** How many there are, as the indexes have it: one that ended by time counts until it is swept. */
export interface SessionCounts {
  /** Sessions of users. */
  readonly sessions: number;
  /** Users who have any. */
  readonly users: number;
  /** The earliest deadline that a sweep is waited for at; long past, sweeping is late. */
  readonly nextDueAt?: number;
}

export interface StoreHealth {
  readonly available: boolean;
  /** Facts for an operator, such as the memory policy; `unknown` where the server does not tell. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** So many events of one key may happen in a window; the window begins with the first of them. */
export interface RateLimit {
  /** Tells the keys of one limit from those of another: lower-case letters. */
  readonly name: string;
  readonly points: number;
  readonly windowMs: number;
}

/** Counts events by key. */
export interface RateLimiter {
  /**
   * Counts one event, also one too many. Never rejects: while the store is away it counts in this
   * process alone. `key` is printable ASCII without spaces or braces.
   */
  consume(key: string): Promise<{
    /** Events of the key in the present window, this one included. */
    readonly count: number;
    /** How much of the window is left. */
    readonly resetsInMs: number;
  }>;
}

/**
 * What a store tells those who watch it. More types may come: a watcher ignores what it does not
 * know.
 */
export type StoreMessage =
  /** These sessions have ended. */
  | { readonly type: 'ended'; readonly endings: readonly EndedSession[] }
  /** These live sessions have changed, otherwise than by activity. Not every driver tells. */
  | { readonly type: 'changed'; readonly ids: readonly SessionId[] }
  /** Every session of the shard that is of an older epoch is dead. */
  | { readonly type: 'epoch'; readonly shard: number };

/**
 * How far messages reach. `connected`: those of every process arrive. `disconnected`: they should,
 * and may be lost at present. `local`: only this process' own, for more the store cannot do.
 */
export type StoreLink = 'connected' | 'disconnected' | 'local';

/** Neither may throw. */
export interface StoreWatcher {
  message(message: StoreMessage): void;
  /** The link has changed. After a time of `disconnected`, look at everything anew. */
  link(link: StoreLink): void;
}

export interface StoreWatch {
  readonly link: StoreLink;
  /** Safe to repeat. */
  close(): Promise<void>;
}

/**
 * What a storage driver does. Every driver passes `describeSessionStore`.
 *
 * Each operation is atomic: others see all of its effects or none, its audit events included.
 * A session that is missing, ended, past a deadline, of an older epoch or, by its id, of a shard
 * that does not exist is "gone", which is an answer; rejecting means the store itself failed (`SESSION_STORE_UNAVAILABLE`). An operation
 * that meets a session past its deadline ends it as expired, with its event, and answers "gone".
 *
 * Sessions live in shards: a user's by `shardOfUser`, an anonymous one's by its id. One operation
 * touches one shard. With `audit` off no operation records an event, and the outbox refuses nothing.
 */
export interface SessionStore {
  /** For messages: what and where it is, without credentials. */
  readonly description: string;
  /** Fixed for the life of what is stored. */
  readonly shards: number;
  /** What to add to the process clock to have the store's; 0 where there is none. */
  readonly clockOffsetMs: number;

  /**
   * Called once, before any other. Resolves when the store is ready or, with a warning, when it
   * cannot be reached yet; it then goes on trying. @throws SessionLayoutMismatchError
   */
  start(settings: StoreSettings): Promise<void>;
  /** Closes what the driver opened and nothing that it was handed. Safe to repeat. */
  close(): Promise<void>;
  health(): Promise<StoreHealth>;

  /**
   * Opens a session; nothing else ever does. First ends what is dead among the user's sessions,
   * then counts: of any number of simultaneous callers, the limit holds.
   * Asked again with the same id and token hash it answers `created`.
   */
  create(request: CreateRequest, operation: Operation): Promise<CreateResult>;
  /** One read. Tombstones are found too; undefined means never issued, or forgotten. */
  find(id: SessionId): Promise<FoundSession | undefined>;
  /**
   * What an earlier `find` has found of a live session, if the driver keeps it near and has reason
   * to believe that it is still so; no longer ago than the bound the driver documents, it was. What
   * this process has changed itself is never seen as it was before. Shared and frozen. Undefined:
   * ask `find`. Absent: nothing is kept.
   */
  findCached?(id: SessionId): FoundSession | undefined;
  /** `known` tells what the caller has found before: what has not changed since may be given back as it is. */
  findMany(
    ids: readonly SessionId[],
    known?: (id: SessionId) => StoredSession | undefined,
  ): Promise<ReadonlyMap<SessionId, FoundSession>>;
  /**
   * Names the last change that ended sessions of each shard, or began an epoch; never again what it
   * was, not even where the store lost what it knew. Read before records, it tells later whether one
   * of them can have ended since other than by its own times. Absent: nobody knows; one read.
   */
  lastEndings(shards: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Writes the named keys of the data, and records activity unless told not to. */
  save(request: SaveRequest, operation: Operation): Promise<SaveResult>;
  /** Records activity at `operation.now`; never moves `lastSeenAt` back. */
  touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'>;
  /** Exchanges the token. Of two callers with the same `from`, exactly one gets `rotated`. */
  rotate(request: RotateRequest, operation: Operation): Promise<RotateResult>;
  /** Notes the first use of the token in force; repeating changes nothing. `lost`: not in force. */
  confirm(
    id: SessionId,
    token: TokenHash,
    operation: Operation,
  ): Promise<'confirmed' | 'lost' | 'gone'>;
  /** Ends one session. Only the first caller gets `revoked`. */
  revoke(request: RevokeRequest, operation: Operation): Promise<RevokeResult>;
  /** Ends a user's sessions; those created after it are untouched. */
  revokeAll(request: RevokeAllRequest, operation: Operation): Promise<readonly EndedSession[]>;
  /** A user's live sessions, oldest first, at the cost of that user's sessions. */
  list(user: User, page: PageRequest, now: number): Promise<Page<SessionRecord>>;
  /**
   * Creation order of one shard, newest first, strictly after `from`; needs `adminIndex`. Where
   * the id of `from` is empty, that is every entry created strictly before its instant.
   * Entries may be of sessions that have ended since.
   */
  listCreated(
    shard: number,
    from: CreationBound | undefined,
    limit: number,
  ): Promise<readonly CreationPoint[]>;
  /**
   * Of one tenant, or of all; `nextDueAt` is of all. From counters, or from one grouped query that
   * reads an index: for a page, not for every request.
   */
  countSessions(tenantId?: string): Promise<SessionCounts>;
  /**
   * Ends what is past its deadline, and mends the indexes. At most `budget` due entries and
   * endings at a time; live sessions of a due user are examined without cost.
   */
  sweep(shard: number, budget: number, operation: Operation): Promise<SweepResult>;
  /** Refuses new sessions of the user until then; an instant not after `now` lifts it. Live sessions stay. */
  block(user: User, until: number, operation: Operation): Promise<void>;
  /** Until when new sessions of the user are refused; undefined: they are not, at `now`. */
  blockedUntil(user: User, now: number): Promise<number | undefined>;
  /** Ends every session of the shard at once, by a new epoch. */
  revokeEverything(shard: number, operation: Operation): Promise<void>;
  /**
   * Records a fact that changes no session, in `shard`. False: dropped, because the outbox is
   * over its bound. With `audit` off it is true, and nothing is written.
   */
  append(
    shard: number,
    event: Pick<AuditEvent, 'type' | 'reason' | 'tenantId' | 'userId' | 'sessionId'>,
    operation: Operation,
  ): Promise<boolean>;

  /** Oldest first. Reading takes nothing away. */
  readOutbox(shard: number, limit: number): Promise<readonly OutboxEntry[]>;
  /** Takes entries away; unknown keys are ignored. */
  acknowledge(shard: number, keys: readonly string[]): Promise<void>;
  outboxState(shard: number): Promise<OutboxState>;

  /** Undefined: nothing was noted yet, or the store has lost it. */
  readAnchor(shard: number): Promise<AuditAnchor | undefined>;
  /**
   * Notes `to` if what is noted is `from`, or nothing is. Answers whether it stands there now, so
   * that asking again changes nothing; of two callers with the same `from`, one gets true.
   */
  anchor(shard: number, from: AuditAnchor | undefined, to: AuditAnchor): Promise<boolean>;

  /**
   * Tells of changes once they are committed, whoever made them, this process included. A message
   * may be lost while the link is down, may overtake the answer of the operation it tells of or
   * come after it, and is no reason to believe anything without reading it. Resolves when messages
   * arrive or, where they cannot yet, after a bounded wait; the driver goes on trying.
   */
  watch(watcher: StoreWatcher): Promise<StoreWatch>;

  /**
   * Whether `holder` has the named work to itself for the next `ttlMs`; asking again extends.
   * Saves double work only: nothing is unsafe when two hold it.
   */
  lease(name: string, holder: string, ttlMs: number): Promise<boolean>;

  /**
   * Keeps a text for all processes, such as how far a long piece of work has come, for `ttlMs` from
   * now. The last writer wins. A name has at most 64 printable ASCII characters without spaces or
   * braces; a text at most 64 kB.
   */
  writeNote(name: string, text: string, ttlMs: number): Promise<void>;
  /** Undefined: nothing was noted, or its time is up. */
  readNote(name: string): Promise<string | undefined>;

  /** A limit that holds over all processes together. Absent: each process keeps its own. */
  rateLimiter?(limit: RateLimit): RateLimiter;
}
