import type { AuditContext } from '../../core/audit-event.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { shardOfSession, type SessionId, type TokenHash } from '../../core/ids.js';
import { parseListCursor, writeListCursor } from '../../core/list-cursor.js';
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
  SessionStore,
  StoreHealth,
  StoreSettings,
  SweepResult,
} from '../../core/session-store.js';
import { shardOfUser, type User } from '../../core/user.js';
import { outboxEntryOf, packedSubject } from './outbox-entry.js';
import { describeClient, RedisConnection, type RedisClient } from './redis-connection.js';
import { leaseKey } from './redis-keys.js';
import { RedisServer } from './redis-server.js';
import {
  refuseKeyPrefix,
  resolveRedisStoreOptions,
  type RedisStoreOptions,
  type ResolvedRedisStoreOptions,
} from './redis-store-options.js';
import { flag } from './script.js';
import { pack, packSession, unpackRecord } from './session-packing.js';
import * as scripts from './session-scripts.js';
import { ShardClient } from './shard-client.js';

interface Running {
  readonly redis: ShardClient;
  readonly connection: RedisConnection;
  readonly clockTimer: NodeJS.Timeout;
  readonly warn: StoreSettings['warn'];
}

const START_WAIT_MS = 2_000;
const CLOCK_INTERVAL_MS = 10_000;
const OUTBOX_KEY_FORMAT = /^\d{1,15}-\d{1,15}$/;
const GONE = { result: 'gone' } as const;

/**
 * Sessions in Redis 6.2 or newer: one server, Sentinel or Cluster. Every operation is one command,
 * and every change one script on one shard, whose keys share a Cluster slot.
 */
export class RedisSessionStore implements SessionStore {
  readonly description: string;
  private readonly options: ResolvedRedisStoreOptions;
  private readonly server: RedisServer;
  private running: Running | undefined;

  /** Derives its own connection from `client`, which stays the caller's. @throws SessionConfigInvalidError */
  constructor(
    private readonly client: RedisClient,
    options: RedisStoreOptions = {},
  ) {
    this.description = describeClient(client);
    this.options = resolveRedisStoreOptions(options);
    const { prefix, shards } = this.options;
    this.server = new RedisServer(prefix, shards, (message) => this.running?.warn(message));
  }

  get shards(): number {
    return this.server.shards;
  }

  get clockOffsetMs(): number {
    return this.server.clockOffsetMs;
  }

  /** @throws SessionConfigInvalidError for a client with a `keyPrefix` */
  async start(settings: StoreSettings): Promise<void> {
    refuseKeyPrefix(this.client);
    const { server, options } = this;
    const connection = new RedisConnection(this.client, settings.storeTimeoutMs, {
      verify: (client) => server.verify(client),
      away: ({ message }) =>
        settings.warn(`${this.description} is unavailable and is tried again: ${message}`),
    });
    this.running = {
      redis: new ShardClient(settings, connection, server, options.prefix),
      connection,
      clockTimer: setInterval(() => void this.health(), CLOCK_INTERVAL_MS).unref(),
      warn: settings.warn,
    };
    try {
      await connection.open(START_WAIT_MS);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.running?.clockTimer);
    this.running?.connection.close();
    this.running = undefined;
  }

  /** Measures anew what it tells. */
  async health(): Promise<StoreHealth> {
    const { server } = this;
    const available = await this.measure().then(
      () => true,
      () => false,
    );
    const { shards, clockOffsetMs, memoryPolicy } = server;
    return { available, details: { shards, clockOffsetMs, memoryPolicy } };
  }

  async create(request: CreateRequest, operation: Operation): Promise<CreateResult> {
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
    return (await this.findMany([id])).get(id);
  }

  async findMany(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, FoundSession>> {
    const found = await Promise.all(
      [...new Set(ids.map(shardOfSession))].map((shard) => {
        const members = ids.filter((id) => shardOfSession(id) === shard);
        return this.redis.find(shard, members);
      }),
    );
    return new Map(found.flat());
  }

  async save(request: SaveRequest, operation: Operation): Promise<SaveResult> {
    const answer = await this.redis.changeSession(scripts.save, operation, {
      id: request.id,
      set: pack(Object.entries(request.set).flat()),
      remove: pack(request.remove),
      ifVersion: request.ifVersion ?? '',
      activity: request.activity ?? 'touch',
    });
    return answer ?? GONE;
  }

  async touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'> {
    return (await this.redis.changeSession(scripts.touch, operation, { id })) ?? 'gone';
  }

  async rotate(request: RotateRequest, operation: Operation): Promise<RotateResult> {
    const { id, from, to, kind, replaceUnconfirmed, reauthenticated } = request;
    const context = { ...operation.context, ...methodsOf(reauthenticated) };
    const answer = await this.redis.changeSession(
      scripts.rotate,
      { ...operation, context },
      {
        id,
        from,
        to,
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
    return (await this.redis.changeSession(scripts.confirm, operation, { id, token })) ?? 'gone';
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

  async list(
    user: User,
    { limit, cursor }: PageRequest,
    now: number,
  ): Promise<Page<SessionRecord>> {
    const from = cursor === undefined ? undefined : parseListCursor(cursor);
    const { epoch, created, userIndex, prefix } = this.redis.keys(this.shardOf(user));
    const found = await this.redis.run(
      scripts.list,
      { epoch, created, userIndex: userIndex(user) },
      { shardPrefix: prefix, now, limit, ...startingAt(from) },
    );
    const items = found.slice(0, limit).map(({ id, session }) => unpackRecord(id, session));
    if (found.length <= limit) return { items };
    return { items, nextCursor: writeListCursor(items.at(-1)!) };
  }

  async listCreated(
    shard: number,
    from: CreationBound | undefined,
    limit: number,
  ): Promise<readonly CreationPoint[]> {
    const { created } = this.redis.keys(shard);
    return this.redis.run(scripts.listCreated, { created }, { limit, ...startingAt(from) });
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
    const { outbox } = this.redis.keys(shard);
    const entries = await this.redis.read('readOutbox', (client) =>
      client.xrange(outbox, '-', '+', 'COUNT', limit),
    );
    return entries.map(outboxEntryOf);
  }

  async acknowledge(shard: number, keys: readonly string[]): Promise<void> {
    const entries = pack(keys.filter((key) => OUTBOX_KEY_FORMAT.test(key)));
    return this.redis.run(scripts.acknowledge, this.redis.keys(shard), { entries });
  }

  async outboxState(shard: number): Promise<OutboxState> {
    return this.redis.run(scripts.outboxState, this.redis.keys(shard), {});
  }

  async lease(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const key = leaseKey(this.options.prefix, name);
    return this.redis.run(scripts.lease, { lease: key }, { holder, ttl: ttlMs });
  }

  private get redis(): ShardClient {
    if (this.running === undefined)
      throw new SessionStoreUnavailableError(
        'any operation',
        new Error('The store is not started'),
      );
    return this.running.redis;
  }

  private shardOf(user: User): number {
    return shardOfUser(user, this.shards);
  }

  private async measure(): Promise<void> {
    await this.redis.read('health', async (client) => {
      await this.server.measureClock(client);
      await this.server.readMemoryPolicy(client);
    });
  }
}

/** Sessions in the Redis of `client`, of which nothing is used but its options. @throws SessionConfigInvalidError */
export const redisStore = (client: RedisClient, options?: RedisStoreOptions): RedisSessionStore =>
  new RedisSessionStore(client, options);

/** Where a listing script goes on; with no bound it begins at the first entry. */
const startingAt = (
  from: CreationBound | undefined,
): { readonly fromCreatedAt: number | ''; readonly fromId: SessionId | '' } => ({
  fromCreatedAt: from?.createdAt ?? '',
  fromId: from?.id ?? '',
});

const methodsOf = (proof: RotateRequest['reauthenticated']): Pick<AuditContext, 'methods'> =>
  proof === undefined ? {} : { methods: proof.methods };
