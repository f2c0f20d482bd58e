import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { countingLimiter } from '../../core/network/counting-limiter.js';
import type { RateLimit, RateLimiter } from '../../core/session-store.js';
import { within } from '../../core/within.js';
import { counterKey } from './redis-keys.js';
import { count } from './session-scripts.js';
import type { ShardClient } from './shard-client.js';

/** Counts in Redis: the events in the window, and the milliseconds that are left of it. */
export type CountEvents = (
  key: string,
  points: number,
  seconds: number,
) => Promise<readonly [count: number, resetsInMs: number]>;

/**
 * A limit over all processes of one Redis. While that is away, or slow, each process counts for
 * itself, for as long as a window lasts.
 */
export function redisRateLimiter(
  { points, windowMs }: RateLimit,
  countEvents: CountEvents,
): RateLimiter {
  const bound = { keyPrefix: '', points, duration: windowMs / 1_000 };
  return countingLimiter(
    new RateLimiterRedis({
      ...bound,
      storeClient: limiterClient(countEvents),
      insuranceLimiter: new RateLimiterMemory(bound),
    }),
  );
}

/** Part of `storeTimeout` that counting may take: the request has the rest for what it is about. */
const PATIENCE = 1 / 4;

/** Rejects also where the store is not started yet. */
export const countingIn =
  (store: () => ShardClient, prefix: string, { name }: RateLimit): CountEvents =>
  async (key, points, seconds) => {
    const redis = store();
    const keys = { counter: counterKey(prefix, name, key) };
    const counting = redis.run(count, keys, { points, seconds });
    return within(redis.settings.storeTimeoutMs * PATIENCE, counting);
  };

/**
 * What the limiter takes for an ioredis client: of that it uses one command, which it would define
 * as a script of its own. Ours has the same arguments and answer, and is bounded in time.
 */
const limiterClient = (countEvents: CountEvents): object => ({
  rlflxIncr: ([key = '', points, seconds]: readonly string[]) =>
    countEvents(key, Number(points), Number(seconds)),
});
