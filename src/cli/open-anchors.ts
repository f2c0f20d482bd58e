import { Redis } from 'ioredis';
import { systemClock } from '../core/clock.js';
import { resolveSessionOptions } from '../core/policy/session-options.js';
import type { SessionStore } from '../core/session-store.js';
import { redisStore } from '../storage/redis/redis-store.js';

export type Anchors = Pick<SessionStore, 'shards' | 'readAnchor' | 'close'>;

/** What the relays have noted in Redis. `warn` hears of a Redis that is away. */
export async function openAnchors(
  { url, prefix }: { readonly url: string; readonly prefix: string },
  warn: (message: string) => void,
): Promise<Anchors> {
  const client = new Redis(url, { lazyConnect: true });
  const store = redisStore(client, { prefix });
  await store.start({ ...resolveSessionOptions(), clock: systemClock, warn });
  return store;
}
