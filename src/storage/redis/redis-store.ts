import type { AuditAnchor } from '../../core/audit/audit-anchor.js';
import type { AuditContext } from '../../core/audit/audit-event.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { shardOfSession, type SessionId, type TokenHash } from '../../core/ids.js';
import { tooLargeToCreate } from '../../core/session-changes.js';
import type { SessionRecord, StoredSession } from '../../core/session-record.js';
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
  RateLimit,
  RateLimiter,
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
import { shardOfUser, type User } from '../../core/user.js';
import { anchorOf, anchorText } from './anchor-text.js';
import { packedSubject, partsOfKeys } from './outbox-entry.js';
import { describeClient, type RedisClient } from './redis-connection.js';
import { leaseKey, noteKey } from './redis-keys.js';
import { countingIn, redisRateLimiter } from './redis-rate-limiter.js';
import { RedisServer } from './redis-server.js';
import {
  refuseKeyPrefix,
  requireRedisClient,
  resolveRedisStoreOptions,
  type RedisStoreOptions,
  type ResolvedRedisStoreOptions,
} from './redis-store-options.js';
import { RunningStore } from './running-store.js';
import { flag } from './script.js';
import { pack, packSession, packTokenHash, unpackRecord } from './session-packing.js';
import { countSessions, listCreated, listSessions, readOutbox } from './listings.js';
import * as scripts from './session-scripts.js';
import type { ShardClient } from './shard-client.js';

const GONE = { result: 'gone' } as const;

/**
 * Sessions in Redis 6.2 or newer: one server, Sentinel or Cluster. Every operation is one command,
 * and every change one script on one shard, whose keys share a Cluster slot.
 */
export class RedisSessionStore implements SessionStore {
  readonly description: string;
  private readonly options: ResolvedRedisStoreOptions;
  private readonly server: RedisServer;
  private running: RunningStore | undefined;
  private warn: StoreSettings['warn'] = () => undefined;

  /** Derives its own connection from `client`, which stays the caller's. @throws SessionConfigInvalidError */
  constructor(
    private readonly client: RedisClient,
    options?: RedisStoreOptions,
  ) {
    requireRedisClient(client);
    this.description = describeClient(client);
    this.options = resolveRedisStoreOptions(options);
    const { prefix, shards } = this.options;
    this.server = new RedisServer(prefix, shards, (message) => this.warn(message));
  }

  get shards(): number {
    return this.server.shards;
  }

  get clockOffsetMs(): number {
    return this.server.clockOffsetMs;
  }

  /** @throws SessionConfigInvalidError for a client with a `keyPrefix` */
  async start(settings: StoreSettings): Promise<void> {
    const { client, server, options } = this;
    refuseKeyPrefix(client);
    this.warn = settings.warn;
    this.running = new RunningStore({ client, server, options, settings });
    try {
      await this.running.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.running?.close();
    this.running = undefined;
  }

  /** Measures anew what it tells. */
  async health(): Promise<StoreHealth> {
    const { server } = this;
    const available = (await this.running?.isReached()) ?? false;
    const { shards, clockOffsetMs, memoryPolicy } = server;
    const push = this.running?.watchers.link ?? 'disconnected';
    const near = this.running?.near?.details;
    return { available, details: { shards, clockOffsetMs, memoryPolicy, push, ...near } };
  }

  async watch(watcher: StoreWatcher): Promise<StoreWatch> {
    return this.whileRunning().watchers.watch(watcher);
  }

  async create(request: CreateRequest, operation: Operation): Promise<CreateResult> {
    const tooLarge = tooLargeToCreate(request);
    if (tooLarge) return tooLarge;
    const { session, limit, eventType = 'session.created' } = request;
    const { outboxMaxBytes, adminIndex } = this.redis.settings;
    const answer = await this.redis.change(scripts.create, shardOfSession(session.id), operation, {
      keys: {},
      args: {
        id: session.id,
        session: packSession(session),
        max: limit?.max ?? '',
        onLimit: limit?.onLimit ?? '',
        eventType,
        outboxMaxBytes,
        adminIndex: flag(adminIndex),
      },
    });
    if (answer.result !== 'created') return answer;
    return { ...answer, session: unpackRecord(session.id, answer.session) };
  }

  async find(id: SessionId): Promise<FoundSession | undefined> {
    return await this.redis.findOne(id);
  }

  findCached(id: SessionId): FoundSession | undefined {
    return this.running?.near?.get(id);
  }

  findMany(
    ids: readonly SessionId[],
    known?: (id: SessionId) => StoredSession | undefined,
  ): Promise<ReadonlyMap<SessionId, FoundSession>> {
    return this.redis.find(ids, known);
  }

  lastEndings(shards: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return this.redis.lastEndings(shards);
  }

  async save(request: SaveRequest, operation: Operation): Promise<SaveResult> {
    const answer = await this.redis.changeSession(scripts.save, operation, {
      id: request.id,
      set: pack(Object.entries(request.set).flat()),
      remove: pack(request.remove),
      ifVersion: request.ifVersion ?? '',
      activity: request.activity ?? 'touch',
      maxDataBytes: request.maxDataBytes ?? '',
    });
    return answer ?? GONE;
  }

  async touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'> {
    return this.redis.touch(id, operation);
  }

  async rotate(request: RotateRequest, operation: Operation): Promise<RotateResult> {
    const { id, from, to, kind, replaceUnconfirmed, reauthenticated } = request;
    const context = { ...operation.context, ...methodsOf(reauthenticated) };
    const answer = await this.redis.changeSession(
      scripts.rotate,
      { ...operation, context },
      {
        id,
        from: packTokenHash(from),
        to: packTokenHash(to),
        kind,
        replaceUnconfirmed: flag(replaceUnconfirmed),
        absoluteExpiresAt: reauthenticated?.absoluteExpiresAt ?? '',
        methods: pack(reauthenticated?.methods ?? []),
      },
    );
    if (!answer || answer.result === 'gone') return GONE;
    return { ...answer, session: unpackRecord(id, answer.session) };
  }

  async confirm(
    id: SessionId,
    token: TokenHash,
    operation: Operation,
  ): Promise<'confirmed' | 'lost' | 'gone'> {
    const args = { id, token: packTokenHash(token) };
    return (await this.redis.changeSession(scripts.confirm, operation, args)) ?? 'gone';
  }

  async revoke(request: RevokeRequest, operation: Operation): Promise<RevokeResult> {
    const { id, reason, eventType = 'session.revoked', only } = request;
    const answer = await this.redis.changeSession(scripts.revoke, operation, {
      id,
      reason,
      eventType,
      only: pack({ t: only?.tenantId, u: only?.userId }),
    });
    if (!answer || answer.result === 'gone') return GONE;
    return { ...answer, session: unpackRecord(id, answer.session) };
  }

  async revokeAll(
    { user, reason, except, before }: RevokeAllRequest,
    operation: Operation,
  ): Promise<readonly EndedSession[]> {
    const shard = this.shardOf(user);
    return this.redis.change(scripts.revokeAll, shard, operation, {
      keys: { userIndex: this.redis.keys(shard).userIndex(user) },
      args: { reason, except: except ?? '', before: before ?? '' },
    });
  }

  async list(user: User, page: PageRequest, now: number): Promise<Page<SessionRecord>> {
    return listSessions(this.redis, { user, shard: this.shardOf(user), now }, page);
  }

  async listCreated(
    shard: number,
    from: CreationBound | undefined,
    limit: number,
  ): Promise<readonly CreationPoint[]> {
    return listCreated(this.redis, shard, from, limit);
  }

  async countSessions(tenantId?: string): Promise<SessionCounts> {
    return countSessions(this.redis, this.shards, tenantId);
  }

  async sweep(shard: number, budget: number, operation: Operation): Promise<SweepResult> {
    return this.redis.change(scripts.sweep, shard, operation, { keys: {}, args: { budget } });
  }

  async block(user: User, until: number, operation: Operation): Promise<void> {
    const shard = this.shardOf(user);
    return this.redis.change(scripts.block, shard, operation, {
      keys: { block: this.redis.keys(shard).block(user) },
      args: { until, ...user },
    });
  }

  async blockedUntil(user: User, now: number): Promise<number | undefined> {
    const key = this.redis.keys(this.shardOf(user)).block(user);
    const until = Number(await this.redis.read('blockedUntil', (client) => client.get(key)));
    return until > now ? until : undefined;
  }

  async revokeEverything(shard: number, operation: Operation): Promise<void> {
    return this.redis.change(scripts.revokeEverything, shard, operation, { keys: {}, args: {} });
  }

  async append(
    shard: number,
    event: Parameters<SessionStore['append']>[1],
    operation: Operation,
  ): Promise<boolean> {
    const { outboxMaxBytes } = this.redis.settings;
    return this.redis.change(scripts.append, shard, operation, {
      keys: {},
      args: { type: event.type, subject: pack(packedSubject(event)), outboxMaxBytes },
    });
  }

  async readOutbox(shard: number, limit: number): Promise<readonly OutboxEntry[]> {
    return readOutbox(this.redis, shard, limit);
  }

  async acknowledge(shard: number, keys: readonly string[]): Promise<void> {
    const entries = pack(partsOfKeys(keys));
    return this.redis.run(scripts.acknowledge, this.redis.keys(shard), { entries });
  }

  async outboxState(shard: number): Promise<OutboxState> {
    return this.redis.run(scripts.outboxState, this.redis.keys(shard), {});
  }

  async readAnchor(shard: number): Promise<AuditAnchor | undefined> {
    const { anchor } = this.redis.keys(shard);
    return anchorOf(await this.redis.read('readAnchor', (client) => client.get(anchor)));
  }

  async anchor(shard: number, from: AuditAnchor | undefined, to: AuditAnchor): Promise<boolean> {
    const texts = { from: anchorText(from), to: anchorText(to) };
    return this.redis.run(scripts.anchor, this.redis.keys(shard), texts);
  }

  async lease(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const key = leaseKey(this.options.prefix, name);
    return this.redis.run(scripts.lease, { lease: key }, { holder, ttl: ttlMs });
  }

  async writeNote(name: string, text: string, ttlMs: number): Promise<void> {
    const key = noteKey(this.options.prefix, name);
    return this.redis.run(scripts.note, { note: key }, { text, ttl: ttlMs });
  }

  async readNote(name: string): Promise<string | undefined> {
    const key = noteKey(this.options.prefix, name);
    return (await this.redis.read('readNote', (client) => client.get(key))) ?? undefined;
  }

  rateLimiter(limit: RateLimit): RateLimiter {
    return redisRateLimiter(
      limit,
      countingIn(() => this.redis, this.options.prefix, limit),
    );
  }

  private get redis(): ShardClient {
    return this.whileRunning().redis;
  }

  private whileRunning(): RunningStore {
    if (this.running === undefined)
      throw new SessionStoreUnavailableError(
        'any operation',
        new Error('The store is not started'),
      );
    return this.running;
  }

  private shardOf(user: User): number {
    return shardOfUser(user, this.shards);
  }
}

/** Sessions in the Redis of `client`, of which nothing is used but its options. @throws SessionConfigInvalidError */
export const redisStore = (client: RedisClient, options?: RedisStoreOptions): RedisSessionStore =>
  new RedisSessionStore(client, options);

const methodsOf = (proof: RotateRequest['reauthenticated']): Pick<AuditContext, 'methods'> =>
  proof === undefined ? {} : { methods: proof.methods };
