import { randomBytes } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';

export { DATABASE_KINDS, openDatabase } from './databases.js';
export type { DatabaseKind, OpenDatabaseOptions, TestDatabase } from './databases.js';

/** The Redis that all specs share, so use keys under `freshPrefix()` only. */
export function redisUrl(): string {
  const url = process.env['GATEHOUSE_TEST_REDIS_URL'];
  if (!url) throw new Error('The test servers run under Jest only');
  return url;
}

/** A new client of the shared Redis; whoever opens it closes it with `quit()`. */
export function openRedis(options: RedisOptions = {}): Redis {
  return new Redis(redisUrl(), options);
}

/** A key prefix nobody else has, of letters and digits. */
export function freshPrefix(): string {
  return `gh${randomBytes(8).toString('hex')}`;
}
