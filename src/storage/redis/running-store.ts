import type { StoreSettings } from '../../core/session-store.js';
import { StoreWatchers } from '../../core/live/store-watchers.js';
import { JointReads } from './joint-reads.js';
import { NearCache } from './near-cache.js';
import { PushWatchers } from './push-watchers.js';
import {
  describeClient,
  isCluster,
  RedisConnection,
  type RedisClient,
} from './redis-connection.js';
import type { RedisServer } from './redis-server.js';
import type { ResolvedRedisStoreOptions } from './redis-store-options.js';
import { Replication } from './replication.js';
import { ShardClient, type PushCommand } from './shard-client.js';

export interface RunningStoreParts {
  /** Nothing of it is used but its options. */
  readonly client: RedisClient;
  readonly server: RedisServer;
  readonly options: ResolvedRedisStoreOptions;
  readonly settings: StoreSettings;
}

const START_WAIT_MS = 2_000;
const CLOCK_INTERVAL_MS = 10_000;

/** What a store has open between its start and its end. */
export class RunningStore {
  readonly redis: ShardClient;
  readonly watchers: StoreWatchers;
  readonly near: NearCache | undefined;
  private readonly connection: RedisConnection;
  private readonly replication: Replication | undefined;
  private clockTimer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RunningStoreParts) {
    const { client, server, options, settings } = parts;
    this.connection = new RedisConnection(client, settings.storeTimeoutMs, {
      verify: (reached) => server.verify(reached),
      away: this.warnOf('is unavailable'),
    });
    this.replication = this.openReplication();
    const { connection, replication } = this;
    const { prefix, nearCache } = options;
    const leaseMs = nearCache?.leaseMs;
    const watchers = new PushWatchers({ connection, server, prefix, leaseMs, settings });
    this.watchers = options.push ? watchers : new StoreWatchers('local');
    this.near = nearCache && new NearCache(nearCache, watchers);
    this.redis = new ShardClient({
      settings,
      connection,
      server,
      prefix,
      push: pushCommandOf(client),
      replication,
      near: this.near,
      joint: isCluster(client) ? undefined : new JointReads(connection, settings.storeTimeoutMs),
    });
  }

  /** @throws SessionLayoutMismatchError */
  async open(): Promise<void> {
    this.clockTimer = setInterval(() => void this.isReached(), CLOCK_INTERVAL_MS).unref();
    const { connection, replication } = this;
    await Promise.all([connection.open(START_WAIT_MS), replication?.open(START_WAIT_MS)]);
    if (this.near) void this.watchers.watch(this.near);
  }

  close(): void {
    clearInterval(this.clockTimer);
    this.watchers.close();
    this.replication?.close();
    this.connection.close();
  }

  /** Measures anew what is known of the server; false also where nobody serves slots of a Cluster. */
  async isReached(): Promise<boolean> {
    const { server } = this.parts;
    const measuring = this.redis.read('health', async (client) => {
      await server.checkSlots(client);
      await server.measureClock(client);
      await server.readMemoryPolicy(client);
    });
    return measuring.then(
      () => true,
      () => false,
    );
  }

  private openReplication(): Replication | undefined {
    const { client, options, settings } = this.parts;
    if (options.replicas === 0) return undefined;
    const away = this.warnOf('cannot be asked for its replicas');
    return new Replication(client, options.replicas, settings.storeTimeoutMs, away);
  }

  private warnOf(what: string): (cause: Error) => void {
    const { client, settings } = this.parts;
    return ({ message }) =>
      settings.warn(`${describeClient(client)} ${what} and is tried again: ${message}`);
  }
}

const pushCommandOf = (client: RedisClient): PushCommand =>
  isCluster(client) ? 'spublish' : 'publish';
