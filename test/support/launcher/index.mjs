import { mariadb } from './mariadb.mjs';
import { postgres } from './postgres.mjs';
import { startPrivateServer } from './private-server.mjs';
import { redis } from './redis.mjs';

export { askForServer } from './switchboard.mjs';

export const startPrivateRedis = (options) => startPrivateServer(redis, options);

export const startPrivatePostgres = (options) => startPrivateServer(postgres, options);

export const startPrivateMariadb = (options) => startPrivateServer(mariadb, options);
