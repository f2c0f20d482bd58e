export type { NearCacheOptions } from './near-cache-options.js';
export { redisStore } from './redis-store.js';
export type { RedisSessionStore } from './redis-store.js';
export type { RedisStoreOptions } from './redis-store-options.js';
