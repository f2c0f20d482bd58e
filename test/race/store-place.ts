import { Redis } from 'ioredis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from 'nestjs-gatehouse';
import { redisStore } from 'nestjs-gatehouse/redis';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { startPrivatePostgres, startPrivateRedis } from '../support/launcher/index.mjs';

export const STORES = ['redis', 'redis-near', 'sqlite', 'postgres'] as const;
export type StoreKind = (typeof STORES)[number];

/** Where the sessions are, in a form that another process can be told. */
export type StorePlace =
  | { readonly kind: 'redis'; readonly url: string; readonly nearCache: boolean }
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'sqlite'; readonly database: string };

export interface StartedPlace {
  readonly place: StorePlace;
  readonly stop: () => Promise<void>;
}

export interface OpenedStore {
  /** Not started yet. */
  readonly store: SessionStore;
  /** Ends what the store was handed; the store itself is closed before. */
  release(): Promise<void>;
}

/** Few, so that users meet in them. */
const SHARDS = 8;

/** An empty store for this run alone. */
export async function startPlace(kind: StoreKind): Promise<StartedPlace> {
  const { place, stop } = await startServer(kind);
  if (place.kind === 'redis') return { place, stop };
  const dataSource = await openDataSource(place);
  await dataSource.runMigrations();
  await dataSource.destroy();
  return { place, stop };
}

async function startServer(kind: StoreKind): Promise<StartedPlace> {
  if (kind === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-race-'));
    return {
      place: { kind, database: join(folder, 'sessions.sqlite') },
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  }
  if (kind === 'postgres') {
    const server = await startPrivatePostgres();
    return { place: { kind, url: server.url }, stop: () => server.stop() };
  }
  const server = await startPrivateRedis();
  const nearCache = kind === 'redis-near';
  return { place: { kind: 'redis', url: server.url, nearCache }, stop: () => server.stop() };
}

export async function openStore(place: StorePlace): Promise<OpenedStore> {
  if (place.kind === 'redis') {
    const client = new Redis(place.url, { lazyConnect: true });
    return {
      store: redisStore(client, { shards: SHARDS, nearCache: place.nearCache }),
      release: async () => client.disconnect(),
    };
  }
  const { sqlStore } = await import('nestjs-gatehouse/sql');
  const dataSource = await openDataSource(place);
  return {
    store: sqlStore(dataSource, { shards: SHARDS }),
    release: () => dataSource.destroy(),
  };
}

/** Loads TypeORM only where it is wanted: it is the slowest import of all. */
export async function openDataSource(
  place: Exclude<StorePlace, { kind: 'redis' }>,
): Promise<DataSource> {
  const { DataSource } = await import('typeorm');
  const { sessionEntities: entities, sessionMigrations: migrations } =
    await import('nestjs-gatehouse/sql');
  const options: DataSourceOptions =
    place.kind === 'postgres'
      ? { type: 'postgres', url: place.url, entities, migrations }
      : { type: 'better-sqlite3', database: place.database, entities, migrations };
  return new DataSource(options).initialize();
}
