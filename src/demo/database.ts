import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { auditEntities, auditMigrations } from 'nestjs-gatehouse/audit';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from './configuration.js';

const MIGRATED = {
  entities: auditEntities,
  migrations: auditMigrations,
  migrationsRun: true,
} as const;

export const sqliteFileIn = (folder: string): string => join(folder, 'audit.sqlite');

/** The application's database, where the audit has its tables. They are migrated at the start. */
export function databaseOptions({ databaseUrl, dataFolder }: Configuration): TypeOrmModuleOptions {
  if (databaseUrl === undefined) {
    mkdirSync(dataFolder, { recursive: true });
    return { type: 'better-sqlite3', database: sqliteFileIn(dataFolder), ...MIGRATED };
  }
  return { type: databaseTypeOf(databaseUrl), url: databaseUrl, ...MIGRATED };
}

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
