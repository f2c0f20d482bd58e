import { MalformedEventError } from './audit-row.js';

const DUPLICATE_KEY = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  '23505',
  'ER_DUP_ENTRY',
]);

/** The statement was undone because another held what it needed; the same one may pass next time. */
const DEADLOCK = new Set(['40001', '40P01', 'ER_LOCK_DEADLOCK']);

/** SQLSTATE classes: data exception, constraint violation, program limit exceeded. */
const REFUSED_STATE = /^(22|23|54)/;
const REFUSED_CODE =
  /^(SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)|ER_(DATA_TOO_LONG|TRUNCATED_WRONG_VALUE|WARN_DATA_OUT_OF_RANGE|NET_PACKET_TOO_LARGE))/;

/** A short name for an error of the database or of the way to it; never its message. */
export function errorCodeOf(error: unknown): string {
  const { code, name } = causeOf(error);
  return typeof code === 'string' && code !== '' ? code : (name ?? 'UNKNOWN');
}

export const isDuplicateKey = (error: unknown): boolean => DUPLICATE_KEY.has(errorCodeOf(error));

export const isDeadlock = (error: unknown): boolean => DEADLOCK.has(errorCodeOf(error));

/**
 * The database will not have what is in the statement, now or later. Whatever is not known to be that (a connection, a lock, a missing table, a full disk) is worth another try.
 */
export function isRefusedContent(error: unknown): boolean {
  if (isDuplicateKey(error)) return false;
  if (error instanceof MalformedEventError) return true;
  const { code, sqlState } = causeOf(error);
  return REFUSED_CODE.test(String(code)) || REFUSED_STATE.test(String(sqlState ?? code));
}

interface ErrorFacts {
  readonly code?: unknown;
  readonly sqlState?: unknown;
  readonly name?: string;
}

/** TypeORM wraps the driver's own error. */
function causeOf(error: unknown): ErrorFacts {
  if (typeof error !== 'object' || error === null) return {};
  const { driverError } = error as { readonly driverError?: unknown };
  return typeof driverError === 'object' && driverError !== null ? driverError : error;
}
