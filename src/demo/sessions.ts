import { Redis } from 'ioredis';
import type { SessionModuleOptions, SessionStore } from 'nestjs-gatehouse';
import { redisStore } from 'nestjs-gatehouse/redis';
import type { Configuration } from './configuration.js';

/** How this application wants its sessions. */
export const sessionOptions = (configuration: Configuration): SessionModuleOptions => ({
  secret: configuration.sessionSecret,
  store: storeOf(configuration),
  // The demo speaks plain HTTP, over which browsers keep no secure cookie. Never for real users.
  cookie: { insecureDevelopment: !configuration.isProduction },
  idleTimeout: '30m',
  absoluteTimeout: '12h',
  maxSessionsPerUser: 5,
  adminIndex: true,
});

/** Undefined: the default, which is the memory of this process. */
function storeOf({ redisUrl }: Configuration): SessionStore | undefined {
  if (redisUrl === undefined) return undefined;
  // The store opens connections of its own like this client, which itself is never needed here.
  return redisStore(new Redis(redisUrl, { lazyConnect: true }));
}
