import { randomBytes } from 'node:crypto';
import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { encryptedStore } from '../../src/core/encryption/encrypted-store.js';
import { shardOfSession } from '../../src/core/ids.js';
import { MemorySessionStore } from '../../src/storage/memory/memory-store.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { shardKeys } from '../../src/storage/redis/redis-keys.js';
import { freshPrefix, openRedis } from '../support/servers.js';

const ENCRYPTION = { keys: [{ keyId: '2026', key: randomBytes(32) }] };

describeSessionStore('memory, encrypted', async (settings) => {
  const driver = new MemorySessionStore();
  const store = encryptedStore(driver, ENCRYPTION);
  await store.start(settings);
  return {
    store,
    dropRecord: async (id) => {
      driver['running']?.partitions[shardOfSession(id)]?.records.delete(id);
    },
    close: () => store.close(),
  };
});

describeSessionStore('Redis, encrypted', async (settings) => {
  const redis = openRedis();
  const prefix = freshPrefix();
  const store = encryptedStore(redisStore(redis, { prefix }), ENCRYPTION);
  await store.start(settings);
  return {
    store,
    dropRecord: async (id) => {
      await redis.del(shardKeys(prefix, shardOfSession(id)).session(id));
    },
    close: async () => {
      await store.close();
      await redis.unlink(await redis.keys(`${prefix}:*`));
      await redis.quit();
    },
  };
});
