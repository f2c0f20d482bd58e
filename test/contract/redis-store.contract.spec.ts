import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { redisStore } from 'nestjs-gatehouse/redis';
import { shardOfSession } from '../../src/core/ids.js';
import type { StoreSettings } from '../../src/core/session-store.js';
import { shardKeys } from '../../src/storage/redis/redis-keys.js';
import type { StoreUnderTest } from '../../src/testing/index.js';
import { freshPrefix, openRedis } from '../support/servers.js';

const LAYOUT_PAGE = new URL('../../docs/storage-layout.md', import.meta.url);

/** The permissions that the documentation tells operators to give, for keys under `prefix`. */
function documentedPermissions(prefix: string): readonly string[] {
  const [, rules] =
    /^ACL SETUSER gatehouse on >password (.+)$/m.exec(readFileSync(LAYOUT_PAGE, 'utf8')) ?? [];
  return rules!.replace('~gh:*', `~${prefix}:*`).split(' ');
}

async function open(
  redis: Redis,
  prefix: string,
  settings: StoreSettings,
): Promise<StoreUnderTest> {
  const admin = openRedis();
  const store = redisStore(redis, { prefix });
  await store.start(settings);
  return {
    store,
    dropRecord: async (id) => {
      await admin.del(shardKeys(prefix, shardOfSession(id)).session(id));
    },
    close: async () => {
      await store.close();
      redis.disconnect();
      await admin.unlink(await admin.keys(`${prefix}:*`));
      await admin.acl('DELUSER', prefix);
      await admin.quit();
    },
  };
}

describeSessionStore('Redis', (settings) => open(openRedis(), freshPrefix(), settings));

describeSessionStore(
  'Redis, RESP2, with no permissions but the documented ones',
  async (settings) => {
    const prefix = freshPrefix();
    const admin = openRedis();
    await admin.acl('SETUSER', prefix, 'on', '>password', ...documentedPermissions(prefix));
    await admin.quit();
    const redis = openRedis({
      protocol: 2,
      username: prefix,
      password: 'password',
      disableClientInfo: true,
      lazyConnect: true,
    });
    return open(redis, prefix, settings);
  },
);
