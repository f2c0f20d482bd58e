import type { SessionStore } from '../../src/core/session-store.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore, type RedisStoreOptions } from '../../src/storage/redis/index.js';
import {
  DATABASE_KINDS,
  freshPrefix,
  openDatabase,
  openLimitedRedis,
  REDIS_KINDS,
  type DatabaseKind,
  type RedisKind,
} from './servers.js';

const KNOWN_DRIVERS = ['memory', ...REDIS_KINDS, 'redis-near', ...DATABASE_KINDS] as const;
export type Driver = (typeof KNOWN_DRIVERS)[number];

/** The drivers that the HTTP suites run on. `E2E_DRIVERS` names others, with commas. */
export const DRIVERS = driversIn(process.env['E2E_DRIVERS'] ?? 'memory,sqlite,redis');

function driversIn(names: string): readonly Driver[] {
  return names.split(',').map((name) => {
    const driver = KNOWN_DRIVERS.find((known) => known === name);
    if (!driver)
      throw new Error(`E2E_DRIVERS may name ${KNOWN_DRIVERS.join(', ')}, but not "${name}"`);
    return driver;
  });
}

export interface OpenedStore {
  readonly store: SessionStore;
  /** Closes what was opened for the store; the store itself is closed by whoever runs it. */
  close(): Promise<void>;
}

/** A new, empty store of the driver. */
export async function openStore(driver: Driver): Promise<OpenedStore> {
  if (driver === 'redis-near') return openRedisStore('redis', { nearCache: true });
  if (driver === 'memory') return { store: memoryStore(), close: () => Promise.resolve() };
  return isRedis(driver) ? openRedisStore(driver) : openSqlStore(driver);
}

const isRedis = (driver: RedisKind | DatabaseKind): driver is RedisKind =>
  REDIS_KINDS.some((kind) => kind === driver);

/** Never connects the client handed in; the store's own connection does the work. */
async function openRedisStore(
  kind: RedisKind,
  options: RedisStoreOptions = {},
): Promise<OpenedStore> {
  const client = await openLimitedRedis(kind, { lazyConnect: true });
  return {
    store: redisStore(client, { ...options, prefix: freshPrefix() }),
    close: () => Promise.resolve(client.disconnect()),
  };
}

/** Loads the driver only where a spec wants it, because it loads TypeORM. */
async function openSqlStore(kind: DatabaseKind): Promise<OpenedStore> {
  const { sessionEntities, sessionMigrations, sqlStore } =
    await import('../../src/storage/sql/index.js');
  const database = await openDatabase(kind, {
    entities: sessionEntities,
    migrations: sessionMigrations,
  });
  await database.dataSource.runMigrations();
  return { store: sqlStore(database.dataSource), close: () => database.close() };
}

/** Passes every call on to `store`, but for those that `instead` answers. */
export const withInstead = (store: SessionStore, instead: Partial<SessionStore>): SessionStore =>
  new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(instead, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
