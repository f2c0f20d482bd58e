import type { DataSource, Logger } from 'typeorm';
import { systemClock } from '../../src/core/clock.js';
import type { NewSession, Operation, StoreSettings } from '../../src/core/session-store.js';
import { sessionEntities, sessionMigrations } from '../../src/storage/sql/session-schema.js';
import { sqlStore, type SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import type { SqlStoreOptions } from '../../src/storage/sql/sql-store-options.js';
import { anOperation, aSession, someSettings } from '../../src/testing/index.js';
import { openDatabase, type DatabaseKind, type TestDatabase } from '../support/servers.js';

export const openSessionDatabase = (kind: DatabaseKind): Promise<TestDatabase> =>
  openDatabase(kind, { entities: sessionEntities, migrations: sessionMigrations });

export async function openMigratedDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const database = await openSessionDatabase(kind);
  await database.dataSource.runMigrations();
  return database;
}

export async function startStore(
  dataSource: DataSource,
  settings: Partial<StoreSettings> = {},
  options?: SqlStoreOptions,
): Promise<SqlSessionStore> {
  const store = sqlStore(dataSource, options);
  await store.start(someSettings(settings));
  return store;
}

/** On the clock of this process. */
export const operationNow = (overrides: Partial<Operation> = {}): Operation =>
  anOperation(systemClock, overrides);

export const sessionFor = (
  { shards }: SqlSessionStore,
  overrides: Partial<NewSession> = {},
): NewSession => aSession({ clock: systemClock, shards }, overrides);

/** A live session in the store. */
export async function login(
  store: SqlSessionStore,
  overrides: Partial<NewSession> = {},
): Promise<NewSession> {
  const session = sessionFor(store, overrides);
  const answer = await store.create({ session }, operationNow());
  if (answer.result !== 'created') throw new Error(`create answered ${answer.result}`);
  return session;
}

/** Keeps the texts of statements, and what the query log would show of their values. */
export class StatementLog implements Logger {
  readonly texts: string[] = [];
  readonly values: unknown[] = [];

  logQuery(text: string, values?: unknown[]): void {
    this.texts.push(text);
    this.values.push(...(values ?? []));
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

/** The statements that `work` sends through the DataSource. */
export async function statementsOf(
  dataSource: DataSource,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const log = new StatementLog();
  const { logger } = dataSource;
  dataSource.logger = log;
  try {
    await work();
    return log.texts;
  } finally {
    dataSource.logger = logger;
  }
}
