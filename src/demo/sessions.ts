import { Redis } from 'ioredis';
import { memoryStore, type SessionModuleOptions, type SessionStore } from 'nestjs-gatehouse';
import { redisStore } from 'nestjs-gatehouse/redis';
import { sqlStore } from 'nestjs-gatehouse/sql';
import { DataSource } from 'typeorm';
import type { Configuration } from './configuration.js';
import { sessionFileOptions } from './database.js';
import { keptSecret } from './kept-secret.js';

/** How this application wants its sessions. */
export const sessionOptions = (
  configuration: Configuration,
  database: DataSource,
): SessionModuleOptions => ({
  secret: configuration.sessionSecret ?? keptSecret(configuration.dataFolder),
  store: storeOf(configuration, database),
  // The demo speaks plain HTTP, over which browsers keep no secure cookie. Never for real users.
  cookie: { insecureDevelopment: !configuration.isProduction },
  idleTimeout: '30m',
  absoluteTimeout: '12h',
  maxSessionsPerUser: 5,
  selfServiceFreshWithin: '10m',
  adminIndex: true,
});

function storeOf(configuration: Configuration, database: DataSource): SessionStore {
  const { sessions, databaseUrl } = configuration;
  switch (sessions.kind) {
    case 'redis':
      // The store opens connections of its own like this client, which itself is never needed here.
      return redisStore(new Redis(sessions.url, { lazyConnect: true }));
    case 'memory':
      return memoryStore();
    case 'sql':
      // A DataSource that is not initialized yet is opened, migrated and closed by the store.
      return sqlStore(databaseUrl ? database : new DataSource(sessionFileOptions(configuration)));
  }
}
