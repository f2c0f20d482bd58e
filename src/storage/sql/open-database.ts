import type { DataSource } from 'typeorm';
import { SessionConfigInvalidError } from '../../core/errors.js';
import type { Database } from './database.js';
import type { DatabaseClock } from './database-clock.js';
import { MARIADB, POSTGRES, SQLITE, type Dialect, type SpelledWords } from './dialect.js';
import { MARIADB_WIRE, POSTGRES_WIRE } from './pooled-connection.js';
import { PooledDatabase } from './pooled-database.js';
import { SqliteDatabase } from './sqlite-database.js';
import { MARIADB_TRANSACTIONS, POSTGRES_TRANSACTIONS } from './transactions.js';

/** @throws SessionConfigInvalidError for a database that the driver does not know */
export function openDatabase(dataSource: DataSource, clock: DatabaseClock): Database {
  const { type } = dataSource.options;
  switch (type) {
    case 'better-sqlite3':
      return new SqliteDatabase(dataSource, dialectOf(dataSource, SQLITE));
    case 'postgres':
      return new PooledDatabase(dataSource, dialectOf(dataSource, POSTGRES), {
        wire: POSTGRES_WIRE,
        transactions: POSTGRES_TRANSACTIONS,
        clock,
      });
    case 'mariadb':
      return new PooledDatabase(dataSource, dialectOf(dataSource, MARIADB), {
        wire: MARIADB_WIRE,
        transactions: MARIADB_TRANSACTIONS,
        clock,
      });
    default:
      throw new SessionConfigInvalidError(
        'store.dataSource',
        'must be of type better-sqlite3, postgres or mariadb',
        type,
      );
  }
}

/** Tables are where TypeORM has them: with the DataSource's schema and prefix. */
function dialectOf(dataSource: DataSource, words: SpelledWords): Dialect {
  const paths = new Map<string, string>();
  const pathOf = (table: string): string =>
    dataSource
      .getMetadata(table)
      .tablePath.split('.')
      .map((name) => dataSource.driver.escape(name))
      .join('.');
  return {
    ...words,
    tablePath: (table) => {
      const path = paths.get(table) ?? pathOf(table);
      paths.set(table, path);
      return path;
    },
  };
}
