import { SessionConfigInvalidError } from '../../core/errors.js';
import { MAX_SHARDS } from '../../core/ids.js';
import type { RedisClient } from './redis-connection.js';

export interface RedisStoreOptions {
  /** First part of every key: 1 to 64 letters, digits or `_ . : -`. Default: gh. */
  readonly prefix?: string;
  /**
   * Partitions of the sessions, 1 to 65536, fixed when the prefix is first used. Default: as found
   * there, else 64.
   */
  readonly shards?: number;
}

export interface ResolvedRedisStoreOptions {
  readonly prefix: string;
  readonly shards: number | undefined;
}

/** Without braces, which would replace the hash tag of the shard. */
const PREFIX_FORMAT = /^[A-Za-z0-9_.:-]{1,64}$/;

/** @throws SessionConfigInvalidError */
export function resolveRedisStoreOptions({
  prefix = 'gh',
  shards,
}: RedisStoreOptions): ResolvedRedisStoreOptions {
  if (!PREFIX_FORMAT.test(prefix))
    throw new SessionConfigInvalidError(
      'store.prefix',
      'must be 1 to 64 letters, digits or _ . : -',
      prefix,
    );
  if (shards !== undefined && !isShardCount(shards))
    throw new SessionConfigInvalidError(
      'store.shards',
      `must be a whole number from 1 to ${MAX_SHARDS}`,
      shards,
    );
  return { prefix, shards };
}

/**
 * ioredis puts a `keyPrefix` before the keys that a script is given, and not before those that it
 * builds. @throws SessionConfigInvalidError
 */
export function refuseKeyPrefix({ options }: RedisClient): void {
  if (options.keyPrefix)
    throw new SessionConfigInvalidError(
      'store.keyPrefix',
      'must not be set on the client; use "store.prefix"',
      options.keyPrefix,
    );
}

const isShardCount = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= MAX_SHARDS;
