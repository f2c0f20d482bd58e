export { findChromium } from './chromium.mjs';
import { mariadb } from './mariadb.mjs';
import { postgres } from './postgres.mjs';
import { startPrivateServer } from './private-server.mjs';
import { redis } from './redis.mjs';

export { startPrivateRedisCluster } from './redis-cluster.mjs';
export { documentedPermissions } from './redis-permissions.mjs';
export { MASTER_NAME, startPrivateSentinel } from './redis-sentinel.mjs';
export { startPrivateTlsRedis } from './redis-tls.mjs';
export { askForServer } from './switchboard.mjs';

export const startPrivateRedis = (options) => startPrivateServer(redis, options);

export const startPrivatePostgres = (options) => startPrivateServer(postgres, options);

export const startPrivateMariadb = (options) => startPrivateServer(mariadb, options);
