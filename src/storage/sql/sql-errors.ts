/** The deadline came before the operation could be done; it has not been, and will not be. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(message = 'The deadline has passed') {
    super(message);
  }
}

/** An error of the database or of the way to it, without the values that its client attaches. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(
    /** As the database names it; empty where it does not. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

interface ErrorFacts {
  readonly code?: string;
  readonly sqlState?: string;
  readonly message?: string;
}

const DUPLICATE_KEY: ReadonlySet<string> = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  '23505',
  'ER_DUP_ENTRY',
]);

/** The transaction was undone because another was in its way; it may pass next time. */
const COLLISION: ReadonlySet<string> = new Set([
  '40001',
  '40P01',
  '55P03',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD',
]);

const MISSING_TABLE: ReadonlySet<string> = new Set(['42P01', 'ER_NO_SUCH_TABLE']);

const BUSY = /^SQLITE_(BUSY|LOCKED)/;

/**
 * What clients and TypeORM throw may hold statements with their values, for any log to show. A
 * native module's errors may be of another realm, so they are told by what they have.
 */
export function harmless(error: unknown): Error {
  if (error instanceof DeadlineError || error instanceof DatabaseError) return error;
  const { code, sqlState = '', message = 'unknown' } = (error ?? {}) as ErrorFacts;
  return new DatabaseError(code ?? sqlState, message);
}

export const isDuplicateKey = (error: unknown): boolean => DUPLICATE_KEY.has(codeOf(error));

export const isBusy = (error: unknown): boolean => BUSY.test(codeOf(error));

export const isCollision = (error: unknown): boolean => COLLISION.has(codeOf(error));

export const isMissingTable = (error: unknown): boolean =>
  MISSING_TABLE.has(codeOf(error)) ||
  // SQLite has no code of its own for it.
  (error instanceof DatabaseError && error.message.startsWith('no such table'));

const codeOf = (error: unknown): string => (error instanceof DatabaseError ? error.code : '');
