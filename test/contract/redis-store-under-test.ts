import type { RedisOptions } from 'ioredis';
import type { OpenStore } from 'nestjs-gatehouse/testing';
import { redisStore, type RedisStoreOptions } from 'nestjs-gatehouse/redis';
import { shardOfSession } from '../../src/core/ids.js';
import { shardKeys } from '../../src/storage/redis/redis-keys.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { freshPrefix, openLimitedRedis, openRedisOf, type RedisKind } from '../support/servers.js';
import { eventually } from '../support/eventually.js';
import { withInstead } from '../support/stores.js';

/** Opens stores on a shared Redis as a user with no permissions but the documented ones. */
export const openingRedisStore =
  (
    kind: RedisKind,
    connection: RedisOptions = {},
    options: Omit<RedisStoreOptions, 'prefix'> = {},
  ): OpenStore =>
  async (settings) => {
    const prefix = freshPrefix();
    const redis = await openLimitedRedis(kind, { ...connection, lazyConnect: true });
    const admin = await openRedisOf(kind, { lazyConnect: true });
    const store = redisStore(redis, { ...options, prefix });
    await store.start(settings);
    if (options.nearCache) await linkAlive(store);
    return {
      store: options.nearCache ? findingNearFirst(store) : store,
      dropRecord: async (id) => {
        await admin.del(shardKeys(prefix, shardOfSession(id)).session(id));
      },
      close: async () => {
        await store.close();
        redis.disconnect();
        admin.disconnect();
      },
    };
  };

const linkAlive = (store: SessionStore): Promise<void> =>
  eventually(async () => (await store.health()).details['nearCacheLinkAlive'] === true);

/** As a request finds its session: what is kept near first. */
const findingNearFirst = (store: SessionStore): SessionStore =>
  withInstead(store, {
    find: async (id) => store.findCached?.(id) ?? store.find(id),
  });
