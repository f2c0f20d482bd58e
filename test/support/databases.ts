import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { askForServer } from './launcher/index.mjs';

export const DATABASE_KINDS = ['sqlite', 'postgres', 'mariadb'] as const;

export type DatabaseKind = (typeof DATABASE_KINDS)[number];

export interface OpenDatabaseOptions {
  readonly entities: DataSourceOptions['entities'];
  readonly migrations: DataSourceOptions['migrations'];
}

/** An empty database of its own, with one DataSource open on it. */
export interface TestDatabase {
  readonly kind: DatabaseKind;
  /** Initialized; its migrations have not run. */
  readonly dataSource: DataSource;
  /** To open the same database elsewhere, e.g. with `TypeOrmModule.forRoot`. */
  readonly options: DataSourceOptions;
  /** Opens a second DataSource on the same database; `close` ends it too. */
  connect(): Promise<DataSource>;
  /** Ends the connections opened here and drops the database. */
  close(): Promise<void>;
}

/** Where a new database is, and how to get rid of it. */
interface Place {
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

/** Makes a new database. SQLite's is a file, so that several connections can share it. */
export async function openDatabase(
  kind: DatabaseKind,
  { entities, migrations }: OpenDatabaseOptions,
): Promise<TestDatabase> {
  const place = kind === 'sqlite' ? await makeFile() : await makeDatabase(kind);
  const options: DataSourceOptions = { ...place.options, entities, migrations };
  const opened: DataSource[] = [];
  const connect = async (): Promise<DataSource> => {
    const dataSource = await connectTo(options);
    opened.push(dataSource);
    return dataSource;
  };
  const close = async (): Promise<void> => {
    const open = opened.filter(({ isInitialized }) => isInitialized);
    await Promise.all(open.map((dataSource) => dataSource.destroy()));
    await place.drop();
  };
  return { kind, dataSource: await connect(), options, connect, close };
}

async function makeFile(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-sqlite-'));
  return {
    options: { type: 'better-sqlite3', database: join(folder, 'test.sqlite') },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function makeDatabase(kind: 'postgres' | 'mariadb'): Promise<Place> {
  const name = `gatehouse_${randomBytes(8).toString('hex')}`;
  const encoding = kind === 'mariadb' ? ' CHARACTER SET utf8mb4' : '';
  const force = kind === 'postgres' ? ' WITH (FORCE)' : '';
  await administer(kind, `CREATE DATABASE ${name}${encoding}`);
  return {
    options: { type: kind, url: await urlOf(kind, name) },
    drop: () => administer(kind, `DROP DATABASE ${name}${force}`),
  };
}

async function administer(kind: 'postgres' | 'mariadb', statement: string): Promise<void> {
  const dataSource = await connectTo({ type: kind, url: await urlOf(kind) });
  try {
    await dataSource.query(statement);
  } finally {
    await dataSource.destroy();
  }
}

/** TypeORM takes its driver from the URL's scheme, so an alias such as `mysql:` is replaced. */
async function urlOf(kind: 'postgres' | 'mariadb', database?: string): Promise<string> {
  const server = process.env['GATEHOUSE_TEST_SWITCHBOARD'] ?? '';
  const url = new URL(await askForServer(server, kind));
  url.protocol = kind;
  if (database) url.pathname = `/${database}`;
  return url.href;
}

/** Loads TypeORM only where a spec wants a database: it is the slowest import of all. */
async function connectTo(options: DataSourceOptions): Promise<DataSource> {
  const { DataSource } = await import('typeorm');
  return new DataSource(options).initialize();
}
