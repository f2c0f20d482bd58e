import { spelled, sql, text, type Statement } from './sql.js';

/* The places where statements differ between dialects; `dialect.ts` says what each means. */

export const forUpdate: Statement = spelled((dialect) => dialect.forUpdate);
export const forUpdateSkipLocked: Statement = spelled((dialect) => dialect.forUpdateSkipLocked);
export const onConflict = (key: string): Statement => spelled((dialect) => dialect.onConflict(key));
export const byBytes = (column: string): Statement => spelled((dialect) => dialect.byBytes(column));
/** The database's own clock in milliseconds. */
export const ownClock: Statement = spelled((dialect) => dialect.clock);

/** A value with the text of a column behind it. */
export const concat = (left: string, column: string): Statement => {
  const piece = (at: 0 | 1 | 2): Statement => spelled((dialect) => dialect.concat[at]);
  return sql`${piece(0)}${left}${piece(1)}${text(column)}${piece(2)}`;
};
