import { systemClock } from '../../src/core/clock.js';
import type { NewSession, Operation, SessionStore } from '../../src/core/session-store.js';
import { shardOfUser, type User } from '../../src/core/user.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { shardKeys, type ShardKeys } from '../../src/storage/redis/redis-keys.js';
import { anOperation, someSettings } from '../../src/testing/builders.js';
import { SESSIONS_A_USER, userAt, type referenceSession } from './reference-session.js';
import { ScaleRedis } from './scale-redis.js';
import { inParallel } from './timing.js';

export const PREFIX = 'gh';

const LIMIT = { max: SESSIONS_A_USER, onLimit: 'reject' } as const;
const PARALLEL = 256;
const OPERATION_MS = 3_000;
/** The answer of an operation is kept a second longer. */
export const ANSWERS_KEPT_MS = OPERATION_MS + 1_000;
/** Has no divisor in common with a number of users, so that it comes by all of them. */
const STRIDE = 7_919;

/** Our driver on a server of its own, with as many users as have so many sessions together. */
export class LoadedStore {
  static async open(sessions: number): Promise<LoadedStore> {
    const redis = await ScaleRedis.start();
    const store = redisStore(redis.connect(), { prefix: PREFIX });
    await store.start(someSettings({ outboxMaxBytes: Number.MAX_SAFE_INTEGER }));
    return new LoadedStore(redis, store, sessions);
  }

  readonly users: number;

  private constructor(
    readonly redis: ScaleRedis,
    readonly store: SessionStore,
    readonly sessions: number,
  ) {
    this.users = sessions / SESSIONS_A_USER;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.redis.stop();
  }

  /** Of users numbered from `firstUser` on: the first session of each, then the second. */
  load(count: number, firstUser: number, sessionAt: typeof referenceSession): Promise<void> {
    const users = count / SESSIONS_A_USER;
    return inParallel(count, PARALLEL, (index) =>
      this.create(sessionAt(index, userAt(firstUser + (index % users)), this.store.shards)),
    );
  }

  async create(session: NewSession): Promise<void> {
    const { result } = await this.store.create({ session, limit: LIMIT }, this.operation());
    if (result !== 'created') throw new Error(`A session was not opened: ${result}`);
  }

  /** As a relay that keeps up leaves them. */
  async emptyOutboxes(): Promise<void> {
    for (const { outbox, outboxBytes } of this.shards())
      await this.redis.client.del(outbox, outboxBytes);
  }

  operation(): Operation {
    return anOperation(systemClock, { deadline: systemClock.now() + OPERATION_MS });
  }

  /** The same for the same number; else another, as long as there are any. */
  userAt(index: number): User {
    return userAt((index * STRIDE) % this.users);
  }

  keysOf(user: User): ShardKeys {
    return shardKeys(PREFIX, shardOfUser(user, this.store.shards));
  }

  shards(): readonly ShardKeys[] {
    return Array.from({ length: this.store.shards }, (_, shard) => shardKeys(PREFIX, shard));
  }
}
