import { isSameAnchor, type AuditAnchor } from '../../core/audit/audit-anchor.js';
import type { Clock } from '../../core/clock.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { shardOfSession, type SessionId, type TokenHash } from '../../core/ids.js';
import { parseListCursor, writeListCursor } from '../../core/directory/list-cursor.js';
import type { SessionRecord } from '../../core/session-record.js';
import type {
  CreateRequest,
  CreateResult,
  CreationBound,
  CreationPoint,
  EndedSession,
  FoundSession,
  Operation,
  OutboxEntry,
  OutboxState,
  Page,
  PageRequest,
  RevokeAllRequest,
  RevokeRequest,
  RevokeResult,
  RotateRequest,
  RotateResult,
  SaveRequest,
  SaveResult,
  SessionCounts,
  SessionStore,
  StoreHealth,
  StoreSettings,
  StoreWatch,
  StoreWatcher,
  SweepResult,
} from '../../core/session-store.js';
import { StoreWatchers } from '../../core/live/store-watchers.js';
import { shardOfUser, userKey, type User } from '../../core/user.js';
import { confirmSession, revokeSession, saveSession, touchSession } from './change-session.js';
import {
  appendFact,
  blockUser,
  revokeAllSessions,
  startEpoch,
  sweepShard,
} from './change-shard.js';
import { createSession } from './create-session.js';
import { ForgetfulMap } from './forgetful-map.js';
import { MemoryShard } from './memory-shard.js';
import { rotateSession } from './rotate-session.js';
import type { Scored } from './scored-set.js';
import { take } from './take.js';

export interface MemoryStoreOptions {
  /** Default: 64. */
  readonly shards?: number;
}

interface Running {
  readonly clock: Clock;
  readonly partitions: readonly MemoryShard[];
  readonly leases: ForgetfulMap<string>;
  readonly notes: ForgetfulMap<string>;
}

/**
 * Sessions in the memory of this process: for tests, development and applications of one process.
 * They end with the process. Nothing survives that has ended and been forgotten, provided that
 * someone sweeps.
 */
export class MemorySessionStore implements SessionStore {
  readonly description = 'memory of this process';
  readonly shards: number;
  readonly clockOffsetMs = 0;
  private readonly watchers = new StoreWatchers('connected');
  private running: Running | undefined;

  constructor({ shards = 64 }: MemoryStoreOptions = {}) {
    this.shards = shards;
  }

  async start(settings: StoreSettings): Promise<void> {
    this.running = {
      clock: settings.clock,
      partitions: Array.from(
        { length: this.shards },
        (_, shard) => new MemoryShard(settings, shard, (message) => this.watchers.tell(message)),
      ),
      leases: new ForgetfulMap(),
      notes: new ForgetfulMap(),
    };
  }

  async close(): Promise<void> {
    this.watchers.close();
    this.running = undefined;
  }

  async health(): Promise<StoreHealth> {
    const partitions = this.running?.partitions ?? [];
    const sessions = partitions.reduce((sum, { records }) => sum + records.size, 0);
    return { available: this.running !== undefined, details: { sessions } };
  }

  async create(request: CreateRequest, operation: Operation): Promise<CreateResult> {
    const shard = this.shardAt(shardOfSession(request.session.id));
    return shard.once('create', operation, () => createSession(shard, request, operation));
  }

  async find(id: SessionId): Promise<FoundSession | undefined> {
    return this.lookUp(id);
  }

  async findMany(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, FoundSession>> {
    const found = new Map<SessionId, FoundSession>();
    for (const id of ids) {
      const session = this.lookUp(id);
      if (session !== undefined) found.set(id, session);
    }
    return found;
  }

  async lastEndings(shards: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const { partitions } = this.whileRunning();
    const named = shards.map((shard) => [shard, partitions[shard]?.lastEnding] as const);
    return new Map(named.flatMap(([shard, ending]) => (ending ? [[shard, ending]] : [])));
  }

  async save(request: SaveRequest, operation: Operation): Promise<SaveResult> {
    const shard = this.shardOf(request.id);
    if (shard === undefined) return { result: 'gone' };
    return shard.once('save', operation, () => saveSession(shard, request, operation));
  }

  async touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'> {
    const shard = this.shardOf(id);
    if (shard === undefined) return 'gone';
    return shard.once('touch', operation, () => touchSession(shard, id, operation));
  }

  async rotate(request: RotateRequest, operation: Operation): Promise<RotateResult> {
    const shard = this.shardOf(request.id);
    if (shard === undefined) return { result: 'gone' };
    return shard.once('rotate', operation, () => rotateSession(shard, request, operation));
  }

  async confirm(
    id: SessionId,
    token: TokenHash,
    operation: Operation,
  ): Promise<'confirmed' | 'lost' | 'gone'> {
    const shard = this.shardOf(id);
    if (shard === undefined) return 'gone';
    return shard.once('confirm', operation, () => confirmSession(shard, id, token, operation));
  }

  async revoke(request: RevokeRequest, operation: Operation): Promise<RevokeResult> {
    const shard = this.shardOf(request.id);
    if (shard === undefined) return { result: 'gone' };
    return shard.once('revoke', operation, () => revokeSession(shard, request, operation));
  }

  async revokeAll(
    request: RevokeAllRequest,
    operation: Operation,
  ): Promise<readonly EndedSession[]> {
    const shard = this.shardOfUser(request.user);
    return shard.once('revokeAll', operation, () => revokeAllSessions(shard, request, operation));
  }

  async list(
    user: User,
    { limit, cursor }: PageRequest,
    now: number,
  ): Promise<Page<SessionRecord>> {
    const from = cursor === undefined ? undefined : placeOf(parseListCursor(cursor));
    const live = this.shardOfUser(user).liveOf(user, from, now);
    const items = take(live, limit + 1);
    if (items.length <= limit) return { items };
    items.pop();
    return { items, nextCursor: writeListCursor(items.at(-1)!) };
  }

  async listCreated(
    shard: number,
    from: CreationBound | undefined,
    limit: number,
  ): Promise<readonly CreationPoint[]> {
    const older = this.shardAt(shard).creations.before(from && placeOf(from));
    return take(older, limit).map(({ score, member }) => ({
      createdAt: score,
      id: member as SessionId,
    }));
  }

  async countSessions(tenantId?: string): Promise<SessionCounts> {
    const { partitions } = this.whileRunning();
    const counts = partitions.map((shard) => shard.count(tenantId));
    const due = partitions.flatMap((shard) => shard.nextDueAt ?? []);
    return {
      sessions: counts.reduce((sum, { sessions }) => sum + sessions, 0),
      users: counts.reduce((sum, { users }) => sum + users, 0),
      ...(due.length > 0 && { nextDueAt: Math.min(...due) }),
    };
  }

  async sweep(shard: number, budget: number, operation: Operation): Promise<SweepResult> {
    const swept = this.shardAt(shard);
    return swept.once('sweep', operation, () => sweepShard(swept, budget, operation));
  }

  async block(user: User, until: number, operation: Operation): Promise<void> {
    const shard = this.shardOfUser(user);
    shard.once('block', operation, () => blockUser(shard, user, until, operation));
  }

  async blockedUntil(user: User, now: number): Promise<number | undefined> {
    const until = this.shardOfUser(user).blocks.get(userKey(user)) ?? 0;
    return until > now ? until : undefined;
  }

  async revokeEverything(shard: number, operation: Operation): Promise<void> {
    const ended = this.shardAt(shard);
    ended.once('revokeEverything', operation, () => startEpoch(ended, operation));
  }

  async append(
    shard: number,
    event: Parameters<SessionStore['append']>[1],
    operation: Operation,
  ): Promise<boolean> {
    const target = this.shardAt(shard);
    return target.once('append', operation, () => appendFact(target, event, operation));
  }

  async readOutbox(shard: number, limit: number): Promise<readonly OutboxEntry[]> {
    return this.shardAt(shard).outbox.read(limit);
  }

  async acknowledge(shard: number, keys: readonly string[]): Promise<void> {
    this.shardAt(shard).outbox.acknowledge(keys);
  }

  async outboxState(shard: number): Promise<OutboxState> {
    return this.shardAt(shard).outbox.state();
  }

  async readAnchor(shard: number): Promise<AuditAnchor | undefined> {
    return this.shardAt(shard).anchor;
  }

  async anchor(shard: number, from: AuditAnchor | undefined, to: AuditAnchor): Promise<boolean> {
    const partition = this.shardAt(shard);
    const { anchor } = partition;
    const isExpected =
      anchor === undefined || isSameAnchor(from, anchor) || isSameAnchor(to, anchor);
    if (!isExpected) return false;
    partition.anchor = { chainSeq: to.chainSeq, hash: to.hash };
    return true;
  }

  async watch(watcher: StoreWatcher): Promise<StoreWatch> {
    this.whileRunning();
    return this.watchers.watch(watcher);
  }

  async lease(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const { clock, leases } = this.whileRunning();
    const now = clock.now();
    leases.forget(now);
    if ((leases.get(name) ?? holder) !== holder) return false;
    leases.set(name, holder, now + ttlMs);
    return true;
  }

  async writeNote(name: string, text: string, ttlMs: number): Promise<void> {
    const { clock, notes } = this.whileRunning();
    notes.set(name, text, clock.now() + ttlMs);
  }

  async readNote(name: string): Promise<string | undefined> {
    const { clock, notes } = this.whileRunning();
    notes.forget(clock.now());
    return notes.get(name);
  }

  private lookUp(id: SessionId): FoundSession | undefined {
    const shard = this.shardOf(id);
    const session = shard?.stored(id);
    return shard && session && { session, shardEpoch: shard.epoch };
  }

  /** Undefined for an id of another number of shards, which nothing here can be called. */
  private shardOf(id: SessionId): MemoryShard | undefined {
    const shard = shardOfSession(id);
    return shard < this.shards ? this.shardAt(shard) : undefined;
  }

  private shardOfUser(user: User): MemoryShard {
    return this.shardAt(shardOfUser(user, this.shards));
  }

  private shardAt(shard: number): MemoryShard {
    const partition = this.whileRunning().partitions[shard];
    if (partition === undefined)
      throw new RangeError(`There is no shard ${shard}: the store has ${this.shards}`);
    return partition;
  }

  private whileRunning(): Running {
    if (this.running === undefined)
      throw new SessionStoreUnavailableError(
        'any operation',
        new Error('The store is not started'),
      );
    return this.running;
  }
}

const placeOf = ({ createdAt, id }: CreationBound): Scored => ({ score: createdAt, member: id });

export const memoryStore = (options?: MemoryStoreOptions): SessionStore =>
  new MemorySessionStore(options);
