import type { DataSource } from 'typeorm';

/**
 * On a database with one connection, whatever runs while the application has a transaction open
 * becomes part of it, and goes if it is rolled back. Nothing of ours counts as written there
 * until it has been read back outside of one.
 */
export class ForeignTransactionError extends Error {
  readonly code = 'AUDIT_DATABASE_BUSY';

  constructor() {
    super('The application has a transaction open on the only connection to the database');
  }
}

export const hasOneConnection = ({ options }: DataSource): boolean =>
  options.type === 'better-sqlite3';

/** @throws ForeignTransactionError */
export function requireNoForeignTransaction(dataSource: DataSource): void {
  if (hasOneConnection(dataSource) && dataSource.createQueryRunner().isTransactionActive)
    throw new ForeignTransactionError();
}
