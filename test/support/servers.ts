import { randomBytes } from 'node:crypto';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { askForServer, MASTER_NAME } from './launcher/index.mjs';

export { DATABASE_KINDS, openDatabase } from './databases.js';
export type { DatabaseKind, OpenDatabaseOptions, TestDatabase } from './databases.js';

export const REDIS_KINDS = ['redis', 'cluster', 'sentinel'] as const;

/** One server; a Cluster of 3 masters with a replica each; a master and replica behind Sentinels. */
export type RedisKind = (typeof REDIS_KINDS)[number];

/** The Redis that all specs share, so use keys under `freshPrefix()` only. */
export function redisUrl(): string {
  const url = process.env['GATEHOUSE_TEST_REDIS_URL'];
  if (!url) throw new Error('The test servers run under Jest only');
  return url;
}

/** A new client of the shared Redis, who may do anything; whoever opens it closes it with `quit()`. */
export function openRedis(options: RedisOptions = {}): Redis {
  return new Redis(redisUrl(), options);
}

/**
 * A new client of a shared Redis, Cluster or Sentinel, who may do what the documentation says that
 * the store needs, under a `freshPrefix()`.
 */
export const openLimitedRedis = (
  kind: RedisKind,
  options: RedisOptions = {},
): Promise<Redis | Cluster> => openRedisOf(kind, { ...limitedUser(), ...options });

/** The same, who may do anything. */
export async function openRedisOf(
  kind: RedisKind,
  options: RedisOptions = {},
): Promise<Redis | Cluster> {
  if (kind === 'redis') return openRedis(options);
  const nodes = await nodesOf(kind);
  return kind === 'cluster'
    ? new Cluster(nodes, { redisOptions: options, lazyConnect: options.lazyConnect ?? false })
    : new Redis({ ...options, sentinels: nodes, name: MASTER_NAME });
}

async function nodesOf(kind: 'cluster' | 'sentinel'): Promise<{ host: string; port: number }[]> {
  const urls = await askForServer(process.env['GATEHOUSE_TEST_SWITCHBOARD']!, kind);
  return urls.split(',').map((url) => {
    const { hostname, port } = new URL(url);
    return { host: hostname, port: Number(port) };
  });
}

function limitedUser(): Pick<RedisOptions, 'username' | 'password'> {
  const { name, password } = JSON.parse(process.env['GATEHOUSE_TEST_REDIS_USER']!) as {
    readonly name: string;
    readonly password: string;
  };
  return { username: name, password };
}

/** A key prefix nobody else has, of letters and digits. */
export function freshPrefix(): string {
  return `gh${randomBytes(8).toString('hex')}`;
}
