import type { Dialect } from './dialect.js';
import type { Statement } from './sql.js';

/** Columns by name, as the database's client hands them over. */
export type Row = Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly rows: readonly Row[];
  /** Rows that the statement matched or wrote. */
  readonly affected: number;
}

/**
 * A part of a transaction: it gives statements, is handed what came of each, and ends with an
 * answer. Being a generator it can run without ever giving way, which one-connection databases need.
 */
export type Steps<Answer> = Generator<Statement, Answer, Outcome>;

/** How long a call may still take; at 0 or below its time is up. */
export interface Deadline {
  remainingMs(): number;
}

/**
 * Runs statements within bounds of time. Nothing that writes is begun or committed at the deadline
 * or later. Rejects with what went wrong: `DeadlineError`, or an error without values in it.
 */
export interface Database {
  readonly dialect: Dialect;
  readonly description: string;
  /** Makes settings that the database needs. Safe to repeat. */
  prepare?(deadline: Deadline): Promise<void>;
  read(statement: Statement, deadline: Deadline): Promise<readonly Row[]>;
  /** One statement that is a transaction by itself. */
  write(statement: Statement, deadline: Deadline): Promise<Outcome>;
  /** All of the steps or, when it rejects, none. `steps` is called anew for each attempt. */
  transact<Answer>(steps: () => Steps<Answer>, deadline: Deadline): Promise<Answer>;
}

export function* rowsOf(statement: Statement): Steps<readonly Row[]> {
  return (yield statement).rows;
}

/** The first row, of a statement that may have none. */
export function* rowOf(statement: Statement): Steps<Row | undefined> {
  return (yield statement).rows[0];
}

/** Gives every statement of the steps to `execute`, in order. */
export function runSteps<Answer>(
  steps: Steps<Answer>,
  execute: (statement: Statement) => Outcome,
): Answer {
  let next = steps.next();
  while (!next.done) next = steps.next(execute(next.value));
  return next.value;
}

/** The same where the answers are waited for. */
export async function awaitSteps<Answer>(
  steps: Steps<Answer>,
  execute: (statement: Statement) => Promise<Outcome>,
): Promise<Answer> {
  let next = steps.next();
  while (!next.done) next = steps.next(await execute(next.value));
  return next.value;
}
