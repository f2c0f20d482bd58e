import type { DataSource } from 'typeorm';
import {
  awaitSteps,
  type Database,
  type Deadline,
  type Outcome,
  type Row,
  type Steps,
} from './database.js';
import type { DatabaseClock } from './database-clock.js';
import type { Dialect } from './dialect.js';
import { PooledConnection, type Wire } from './pooled-connection.js';
import { render, sql, type Statement } from './sql.js';
import { DeadlineError } from './sql-errors.js';
import type { Transactions } from './transactions.js';
import { within } from '../../core/within.js';

/** What makes the pool of one kind of server usable. */
export interface ServerKind {
  readonly wire: Wire;
  readonly transactions: Transactions;
  readonly clock: Pick<DatabaseClock, 'instantIn'>;
}

const ROLLBACK = sql`rollback`;

/**
 * PostgreSQL or MariaDB through the DataSource's pool. Every call ends at its deadline: the server
 * is told to give up by then, and where it does not answer the connection is closed. What commits
 * does so only while the server's own clock is before the deadline.
 */
export class PooledDatabase implements Database {
  readonly description: string;

  constructor(
    private readonly dataSource: DataSource,
    readonly dialect: Dialect,
    private readonly kind: ServerKind,
  ) {
    this.description = `${dialect.name} database "${dataSource.driver.database ?? ''}"`;
  }

  async read(statement: Statement, deadline: Deadline): Promise<readonly Row[]> {
    return (await this.write(statement, deadline)).rows;
  }

  async write(statement: Statement, deadline: Deadline): Promise<Outcome> {
    return this.onConnection(deadline, (connection) => this.send(connection, statement, deadline));
  }

  async transact<Answer>(steps: () => Steps<Answer>, deadline: Deadline): Promise<Answer> {
    return this.onConnection(deadline, async (connection) => {
      await connection.send(this.render(this.kind.transactions.begin(boundOf(deadline))));
      try {
        const answer = await awaitSteps(steps(), (statement) =>
          this.send(connection, statement, deadline),
        );
        const commitBefore = this.kind.clock.instantIn(deadline.remainingMs());
        await connection.send(this.render(this.kind.transactions.commit(commitBefore)));
        return answer;
      } catch (error) {
        await connection.send(this.render(ROLLBACK)).catch(() => connection.abandon());
        throw this.kind.transactions.isLate(error) ? new DeadlineError() : error;
      }
    });
  }

  private async onConnection<Answer>(
    deadline: Deadline,
    work: (connection: PooledConnection) => Promise<Answer>,
  ): Promise<Answer> {
    const budgetMs = deadline.remainingMs();
    if (budgetMs <= 0) throw new DeadlineError();
    const connection = new PooledConnection(this.dataSource, this.kind.wire);
    const done = connection.open().then(() => work(connection));
    try {
      return await within(budgetMs, done, () => {
        connection.abandon();
        return new DeadlineError('The database did not answer in time');
      });
    } finally {
      await connection.release();
    }
  }

  private send(
    connection: PooledConnection,
    statement: Statement,
    deadline: Deadline,
  ): Promise<Outcome> {
    return connection.send(
      this.render(this.kind.transactions.bounded(statement, boundOf(deadline))),
    );
  }

  private render(statement: Statement): ReturnType<typeof render> {
    return render(statement, this.dialect);
  }
}

const boundOf = (deadline: Deadline): number => Math.max(Math.ceil(deadline.remainingMs()), 1);
