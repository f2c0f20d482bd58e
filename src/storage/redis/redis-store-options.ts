import { SessionConfigInvalidError } from '../../core/errors.js';
import { MAX_SHARDS } from '../../core/ids.js';
import { hasMethods, optionsIn, requireOption, requireSwitch } from '../../core/require-option.js';
import {
  resolveNearCacheOptions,
  type NearCacheOptions,
  type ResolvedNearCacheOptions,
} from './near-cache-options.js';
import type { RedisClient } from './redis-connection.js';

export interface RedisStoreOptions {
  /** First part of every key: 1 to 64 letters, digits or `_ . : -`. Default: gh. */
  readonly prefix?: string;
  /**
   * Partitions of the sessions, 1 to 65536, fixed when the prefix is first used. Default: as found
   * there, else 64.
   */
  readonly shards?: number;
  /**
   * Listens to what other processes end, to hear of it at once. `false` leaves it to checks, every
   * `liveCheckInterval`; the others are told all the same. Default: true.
   */
  readonly push?: boolean;
  /**
   * Keeps sessions near, in the memory of this process, so that reading one again asks Redis nothing.
   * What ends elsewhere is refused here within milliseconds, and within `lease` at the latest; needs
   * `push`. `true` is all defaults. Default: false.
   */
  readonly nearCache?: boolean | NearCacheOptions;
  /**
   * When a change counts as done. `acknowledged`: Redis has it, as durable as its persistence makes
   * it. `replicated`: `replicas` have it too, so that a failover to one of them does not undo it;
   * where they do not say so in time, the change rejects with `SESSION_STORE_UNAVAILABLE` and may
   * have happened. Default: acknowledged.
   */
  readonly durability?: 'acknowledged' | 'replicated';
  /** How many replicas of a master have to have a change, 1 to 100, if `replicated`. Default: 1. */
  readonly replicas?: number;
}

export interface ResolvedRedisStoreOptions {
  readonly prefix: string;
  readonly shards: number | undefined;
  readonly push: boolean;
  /** Undefined: off. */
  readonly nearCache: ResolvedNearCacheOptions | undefined;
  /** That have to have a change before it counts as done. */
  readonly replicas: number;
}

const MAX_REPLICAS = 100;

/** Without braces, which would replace the hash tag of the shard. */
const PREFIX_FORMAT = /^[A-Za-z0-9_.:-]{1,64}$/;

/** @throws SessionConfigInvalidError */
export function resolveRedisStoreOptions(given?: RedisStoreOptions): ResolvedRedisStoreOptions {
  const options = optionsIn('store', given);
  const { prefix = 'gh', shards, push = true } = options;
  requireSwitch('store.push', push);
  if (typeof prefix !== 'string' || !PREFIX_FORMAT.test(prefix))
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
  const nearCache = resolveNearCacheOptions(options.nearCache);
  if (nearCache && !push)
    throw new SessionConfigInvalidError('store.nearCache', 'needs "store.push"', options.nearCache);
  return { prefix, shards, push, nearCache, replicas: replicasOf(options) };
}

function replicasOf({ durability = 'acknowledged', replicas }: RedisStoreOptions): number {
  if (durability !== 'acknowledged' && durability !== 'replicated')
    throw new SessionConfigInvalidError(
      'store.durability',
      'must be "acknowledged" or "replicated"',
      durability,
    );
  if (replicas === undefined) return durability === 'replicated' ? 1 : 0;
  if (durability !== 'replicated')
    throw new SessionConfigInvalidError(
      'store.replicas',
      'needs "store.durability" to be "replicated"',
      replicas,
    );
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MAX_REPLICAS)
    throw new SessionConfigInvalidError(
      'store.replicas',
      `must be a whole number from 1 to ${MAX_REPLICAS}`,
      replicas,
    );
  return replicas;
}

/** @throws SessionConfigInvalidError */
export function requireRedisClient(client: unknown): void {
  const isClient = hasMethods(client, 'duplicate', 'call');
  requireOption(isClient, 'store.client', 'must be a client of ioredis', client);
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
