import { auditEntities, auditMigrations } from 'nestjs-gatehouse/audit';
import { sessionEntities, sessionMigrations } from 'nestjs-gatehouse/sql';
import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import type { Configuration } from './configuration.js';

export const sqliteFileIn = (folder: string, tables: 'audit' | 'sessions'): string =>
  join(folder, `${tables}.sqlite`);

/**
 * The application's database, with the tables of the audit and, on a server, those of the sessions
 * if they live in SQL. They are migrated at the start.
 */
export function databaseOptions(configuration: Configuration): DataSourceOptions {
  const { databaseUrl, dataFolder, sessions } = configuration;
  if (databaseUrl === undefined)
    return {
      type: 'better-sqlite3',
      database: sqliteFileIn(dataFolder, 'audit'),
      entities: auditEntities,
      migrations: auditMigrations,
      migrationsRun: true,
    };
  const withSessions = sessions.kind === 'sql';
  return {
    type: databaseTypeOf(databaseUrl),
    url: databaseUrl,
    entities: [...auditEntities, ...(withSessions ? sessionEntities : [])],
    migrations: [...auditMigrations, ...(withSessions ? sessionMigrations : [])],
    migrationsRun: true,
  };
}

/** SQLite has one connection and one writer, so sessions do not share the audit's. */
export const sessionFileOptions = ({ dataFolder }: Configuration): DataSourceOptions => ({
  type: 'better-sqlite3',
  database: sqliteFileIn(dataFolder, 'sessions'),
  entities: sessionEntities,
  migrations: sessionMigrations,
  migrationsRun: true,
});

function databaseTypeOf(url: string): 'postgres' | 'mariadb' {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  switch (scheme) {
    case 'postgres:':
    case 'postgresql:':
      return 'postgres';
    case 'mariadb:':
      return 'mariadb';
    default:
      throw new Error(
        'DATABASE_URL must begin with postgres:// or mariadb://; MySQL does not work',
      );
  }
}
