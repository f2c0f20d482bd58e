import type { AuditContext, Initiator } from '../audit/audit-event.js';
import {
  SessionConflictError,
  SessionDataTooLargeError,
  SessionInputInvalidError,
  SessionNotFoundError,
} from '../errors.js';
import type { SessionId } from '../ids.js';
import type { Operations, RequestContext } from '../operations.js';
import { decodeData, diffData, encodeData } from '../session-data.js';
import { endingOf, type Announcer } from '../live/session-notices.js';
import type { SessionOptions } from '../policy/session-options.js';
import { lapseOf } from '../policy/session-policy.js';
import type { SessionRecord } from '../session-record.js';
import type { Page, PageRequest, SessionStore } from '../session-store.js';
import { parseUser, shardOfUser, type User } from '../user.js';

/** Why a session is ended, and by whom. */
export interface RevokeCause {
  /** Kebab-case, such as `credential-change`; it reaches the audit and the holder of the session's token. */
  readonly reason: string;
  /** Default: `system`. */
  readonly initiator?: Initiator;
  /** The user id of whoever acted, where it is another than the session's own. */
  readonly actorId?: string;
  readonly request?: RequestContext;
}

export interface RevokeAllOptions extends RevokeCause {
  /** The one session to keep. */
  readonly except?: SessionId;
  /** Ends only sessions created before this instant. */
  readonly before?: number;
}

/** How many shards have taken a change that goes to all of them. */
export interface ShardProgress {
  readonly shards: number;
  readonly done: number;
}

export interface RevokeEverythingOptions {
  /** The shard to come after all others, such as that of whoever watches. */
  readonly last?: number;
  readonly onProgress?: (progress: ShardProgress) => void;
}

const REASON = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_REASON_LENGTH = 64;
const MAX_UPDATE_ATTEMPTS = 8;
const EVERYWHERE_ATTEMPTS = 3;

/** Sessions as others than their holder see and change them: by id, by user, and all at once. */
export class SessionDirectory {
  constructor(
    private readonly store: SessionStore,
    private readonly operations: Operations,
    private readonly announcer: Announcer,
    private readonly options: Pick<SessionOptions, 'maxDataBytes'>,
  ) {}

  /** Undefined unless the session is alive. */
  async get(id: SessionId): Promise<SessionRecord | undefined> {
    const found = await this.store.find(id);
    if (found?.session.state !== 'active') return undefined;
    const lapse = lapseOf(found.session, found.shardEpoch, this.operations.now());
    return lapse ? undefined : found.session;
  }

  /** A user's live sessions, oldest first. @throws SessionIdentityInvalidError, SessionInputInvalidError for a bad cursor */
  async list(user: User, page: PageRequest): Promise<Page<SessionRecord>> {
    return this.store.list(parseUser(user), page, this.operations.now());
  }

  /**
   * Changes the data as one step: `change` gets the present data and returns the new, and is
   * called again if another writer was first. It must have no other effect. Is no activity: a
   * background job keeps nobody signed in.
   * @throws SessionNotFoundError, SessionDataTooLargeError, SessionConflictError after 8 lost races
   */
  async update(
    id: SessionId,
    change: (data: Record<string, unknown>) => object | Promise<object>,
  ): Promise<void> {
    for (let attempt = 0; attempt < MAX_UPDATE_ATTEMPTS; attempt += 1) {
      const session = await this.get(id);
      if (!session) throw new SessionNotFoundError();
      const changed = encodeData(await change(decodeData(session.data)));
      const { maxDataBytes } = this.options;
      const answer = await this.store.save(
        {
          id,
          ...diffData(session.data, changed),
          ifVersion: session.version,
          maxDataBytes,
          activity: 'none',
        },
        this.operations.begin({ initiator: 'system' }),
      );
      if (answer.result === 'saved') return;
      if (answer.result === 'gone') throw new SessionNotFoundError();
      if (answer.result === 'too-large')
        throw new SessionDataTooLargeError(answer.bytes, maxDataBytes);
    }
    throw new SessionConflictError();
  }

  /**
   * Ends one session. False if there is none alive, or if it does not belong to `only`; the two
   * are not told apart.
   */
  async revoke(id: SessionId, cause: RevokeCause, only?: Partial<User>): Promise<boolean> {
    const operation = this.operations.begin(contextOf(cause));
    const { reason } = cause;
    const ended = await this.store.revoke({ id, reason, ...(only && { only }) }, operation);
    if (ended.result === 'gone') return false;
    this.announcer.endings([endingOf(ended.session, reason)], operation.now);
    return true;
  }

  /** Ends a user's sessions. The ids of those that it ended. @throws SessionIdentityInvalidError */
  async revokeAll(named: User, options: RevokeAllOptions): Promise<readonly SessionId[]> {
    const user = parseUser(named);
    const { reason, except, before } = options;
    const operation = this.operations.begin(contextOf(options));
    const ended = await this.store.revokeAll(
      { user, reason, ...(except && { except }), ...(before !== undefined && { before }) },
      operation,
    );
    this.announcer.endings(ended, operation.now);
    return ended.map(({ id }) => id);
  }

  /**
   * Refuses logins of the user until the instant; one that has passed lifts it. Live sessions stay.
   * @throws SessionIdentityInvalidError, SessionInputInvalidError for what is no instant
   */
  async block(named: User, until: number, cause: RevokeCause): Promise<void> {
    const user = parseUser(named);
    if (!Number.isSafeInteger(until))
      throw new SessionInputInvalidError('until', 'must be an instant in whole milliseconds');
    const { reason } = cause;
    const context = contextOf(cause);
    const operation = this.operations.begin({ ...context, details: { reason, until } });
    await this.store.block(user, until, operation);
    this.announcer.fact(shardOfUser(user, this.store.shards), {
      type: 'user.blocked',
      at: operation.now,
      user,
      reason,
    });
  }

  /** Until when logins of the user are refused; undefined: they are not. */
  async blockedUntil(user: User): Promise<number | undefined> {
    return this.store.blockedUntil(parseUser(user), this.operations.now());
  }

  /**
   * Ends every session of everybody. Shards that do not answer are tried again, three times in
   * all; while `done` is less than `shards` the rest is still signed in, and asking again is safe.
   */
  async revokeEverything(
    cause: RevokeCause,
    { last, onProgress }: RevokeEverythingOptions = {},
  ): Promise<ShardProgress> {
    const context = contextOf(cause);
    const { shards } = this.store;
    const pending = new Set(Array.from({ length: shards }, (_, shard) => shard));
    const end = async (shard: number): Promise<void> => {
      await this.revokeShard(shard, context, cause.reason);
      pending.delete(shard);
      onProgress?.({ shards, done: shards - pending.size });
    };
    for (let attempt = 0; attempt < EVERYWHERE_ATTEMPTS && pending.size > 0; attempt += 1) {
      await Promise.allSettled([...pending].filter((shard) => shard !== last).map(end));
      if (last !== undefined && pending.has(last)) await Promise.allSettled([end(last)]);
    }
    return { shards, done: shards - pending.size };
  }

  private async revokeShard(shard: number, context: AuditContext, reason: string): Promise<void> {
    const operation = this.operations.begin({ ...context, details: { reason } });
    await this.store.revokeEverything(shard, operation);
    this.announcer.epoch(shard, operation.now, reason);
  }
}

/** @throws SessionInputInvalidError for a reason that is not kebab-case */
export function requireReason({ reason }: Pick<RevokeCause, 'reason'>): void {
  if (!REASON.test(reason) || reason.length > MAX_REASON_LENGTH)
    throw new SessionInputInvalidError(
      'reason',
      `must be kebab-case, of at most ${MAX_REASON_LENGTH} characters`,
    );
}

function contextOf(cause: RevokeCause): AuditContext {
  requireReason(cause);
  const { initiator = 'system', actorId, request } = cause;
  return { initiator, ...(actorId !== undefined && { actorId }), ...request };
}
