export { connectRedis } from './connect-redis-source.js';
export type {
  ConnectRedisOptions,
  LegacyData,
  LegacyRedisClient,
} from './connect-redis-options.js';
export type { AdoptionSource, LegacySession } from '../../core/adoption/session-adoption.js';
