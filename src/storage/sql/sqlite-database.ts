import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import {
  runSteps,
  type Database,
  type Deadline,
  type Outcome,
  type Row,
  type Steps,
} from './database.js';
import type { Dialect } from './dialect.js';
import { render, sql, type Statement } from './sql.js';
import { DeadlineError, harmless, isBusy } from './sql-errors.js';

/** The part of better-sqlite3 that is used here. Every call is over when it returns. */
interface Connection {
  readonly inTransaction: boolean;
  pragma(text: string, options?: { readonly simple: true }): unknown;
  prepare(text: string): {
    readonly reader: boolean;
    all(...values: readonly unknown[]): readonly Row[];
    run(...values: readonly unknown[]): { readonly changes: number };
  };
}

const BEGIN = sql`begin immediate`;
const COMMIT = sql`commit`;
const ROLLBACK = sql`rollback`;

const FOREIGN_TRANSACTION =
  'The application has a transaction open on the only connection to the database';

/** Pauses between attempts at a lock: doubled each time, up to the longest, with jitter. */
const PAUSE_MS = { first: 1, longest: 25 } as const;

/**
 * SQLite through the DataSource's only connection, which the application uses too. Whatever
 * another begins there while a transaction is open becomes part of it, and is lost if that is
 * rolled back; so a transaction of ours runs from its beginning to its end without giving way,
 * and never while one of the application's is open. Other processes are kept out by the file's
 * lock. Who finds either in the way waits without blocking the process.
 */
export class SqliteDatabase implements Database {
  readonly description: string;

  constructor(
    private readonly dataSource: DataSource,
    readonly dialect: Dialect,
  ) {
    this.description = `SQLite in ${String(dataSource.options.database)}`;
  }

  async prepare(deadline: Deadline): Promise<void> {
    // Readers and a writer do not wait for each other, whatever process they are in.
    await this.undisturbed(deadline, (connection) => connection.pragma('journal_mode = WAL'));
  }

  async read(statement: Statement, deadline: Deadline): Promise<readonly Row[]> {
    if (deadline.remainingMs() <= 0) throw new DeadlineError();
    const connection = await this.connect();
    return this.execute(connection, statement).rows;
  }

  async write(statement: Statement, deadline: Deadline): Promise<Outcome> {
    return this.undisturbed(deadline, (connection) => this.execute(connection, statement));
  }

  async transact<Answer>(steps: () => Steps<Answer>, deadline: Deadline): Promise<Answer> {
    return this.undisturbed(deadline, (connection) => {
      this.execute(connection, BEGIN);
      try {
        const answer = runSteps(steps(), (statement) => this.execute(connection, statement));
        if (deadline.remainingMs() <= 0) throw new DeadlineError();
        this.execute(connection, COMMIT);
        return answer;
      } catch (error) {
        if (connection.inTransaction) this.execute(connection, ROLLBACK);
        throw error;
      }
    });
  }

  /** Does the work in one go as soon as nobody else is at it. @throws DeadlineError */
  private async undisturbed<Answer>(
    deadline: Deadline,
    work: (connection: Connection) => Answer,
  ): Promise<Answer> {
    const connection = await this.connect();
    let obstacle: string | undefined;
    for (let pause: number = PAUSE_MS.first; ; pause = Math.min(2 * pause, PAUSE_MS.longest)) {
      if (deadline.remainingMs() <= 0) throw new DeadlineError(obstacle);
      obstacle = FOREIGN_TRANSACTION;
      try {
        if (!connection.inTransaction) return withoutPatience(connection, work);
      } catch (error) {
        if (!isBusy(error)) throw error;
        obstacle = 'Another process holds the lock of the database file';
      }
      await delay(pause * (0.5 + Math.random() / 2));
    }
  }

  private connect(): Promise<Connection> {
    return this.dataSource.createQueryRunner().connect() as Promise<Connection>;
  }

  private execute(connection: Connection, statement: Statement): Outcome {
    const { text, values } = render(statement, this.dialect);
    this.dataSource.logger.logQuery(text);
    try {
      const prepared = connection.prepare(text);
      if (!prepared.reader) return { rows: [], affected: prepared.run(...values).changes };
      const rows = prepared.all(...values);
      return { rows, affected: rows.length };
    } catch (error) {
      throw harmless(error);
    }
  }
}

/** SQLite's own way of waiting for a lock holds up the whole process. */
function withoutPatience<Answer>(
  connection: Connection,
  work: (connection: Connection) => Answer,
): Answer {
  const patience = Number(connection.pragma('busy_timeout', { simple: true }));
  connection.pragma('busy_timeout = 0');
  try {
    return work(connection);
  } finally {
    connection.pragma(`busy_timeout = ${patience}`);
  }
}
