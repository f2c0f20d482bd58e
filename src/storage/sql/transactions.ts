import { ownClock } from './spellings.js';
import { sql, text, type Statement } from './sql.js';
import { DatabaseError } from './sql-errors.js';

/** How a server is told of transactions and of their bounds, in one message each. */
export interface Transactions {
  /** Begins one at READ COMMITTED. */
  begin(boundMs: number): Statement;
  /** Commits unless the server's clock shows `deadline` or later; then it fails, and nothing is done. */
  commit(deadline: number): Statement;
  isLate(error: unknown): boolean;
  /** A statement that the server gives up after `boundMs`, waiting for locks included. */
  bounded(statement: Statement, boundMs: number): Statement;
}

/** For numbers of our own where a statement has no place for values. */
const literal = (value: number): Statement => text(String(value));

const codeIs = (error: unknown, code: string): boolean =>
  error instanceof DatabaseError && error.code === code;

export const POSTGRES_TRANSACTIONS: Transactions = {
  begin: (boundMs) => sql`
    begin isolation level read committed;
    set local statement_timeout = ${literal(boundMs)};
    set local idle_in_transaction_session_timeout = ${literal(boundMs)}`,
  // Of several statements in one message, those after one that fails are not executed.
  commit: (deadline) => sql`
    select 1 / (${literal(deadline)} > ${ownClock})::int; commit`,
  isLate: (error) => codeIs(error, '22012'),
  bounded: (statement) => statement,
};

export const MARIADB_TRANSACTIONS: Transactions = {
  begin: () => sql`
    begin not atomic
      set transaction isolation level read committed;
      start transaction;
    end`,
  commit: (deadline) => sql`
    begin not atomic
      if ${literal(deadline)} > ${ownClock} then commit;
      else signal sqlstate '45000' set message_text = 'late';
      end if;
    end`,
  isLate: (error) => codeIs(error, 'ER_SIGNAL_EXCEPTION'),
  bounded: (statement, boundMs) =>
    sql`set statement max_statement_time = ${literal(boundMs / 1000)} for ${statement}`,
};
