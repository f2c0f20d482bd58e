import type { DataSource, QueryRunner } from 'typeorm';
import type { Outcome, Row } from './database.js';
import type { RenderedStatement } from './sql.js';
import { DeadlineError, harmless } from './sql-errors.js';

/** What a client library does with one of its connections. */
export interface Wire {
  send(connection: unknown, statement: RenderedStatement): Promise<Outcome>;
  /** Closes the connection whatever it is at, so that its pool opens another. */
  destroy(connection: unknown): void;
}

/**
 * A connection of the DataSource's pool for one purpose. Statements go to the client library
 * itself: TypeORM would write token hashes and session data to the application's query log.
 */
export class PooledConnection {
  private readonly runner: QueryRunner;
  private connection: unknown;
  private given = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly wire: Wire,
  ) {
    this.runner = dataSource.createQueryRunner('master');
  }

  /** Waits until the pool has one to spare. */
  async open(): Promise<void> {
    try {
      this.connection = await this.runner.connect();
    } catch (error) {
      throw harmless(error);
    }
    // Nobody waits for it any more.
    if (this.given) await this.runner.release();
  }

  /** @throws DeadlineError once it has been given up */
  async send(statement: RenderedStatement): Promise<Outcome> {
    if (this.given) throw new DeadlineError();
    this.dataSource.logger.logQuery(statement.text);
    try {
      return await this.wire.send(this.connection, statement);
    } catch (error) {
      throw harmless(error);
    }
  }

  /** Gives it back to the pool. */
  async release(): Promise<void> {
    if (this.given) return;
    this.given = true;
    await this.runner.release();
  }

  /** Gives up what it is at: nothing more is sent, and the server undoes what was not committed. */
  abandon(): void {
    if (this.given) return;
    this.given = true;
    if (this.connection === undefined) return;
    this.wire.destroy(this.connection);
    void this.runner.release();
  }
}

interface PostgresResult {
  readonly rows: readonly Row[];
  readonly rowCount: number | null;
}

interface PostgresConnection {
  query(text: string, values?: readonly unknown[]): Promise<PostgresResult | PostgresResult[]>;
  end(): Promise<void>;
}

export const POSTGRES_WIRE: Wire = {
  async send(connection, { text, values }) {
    // Without values several statements may go in one message, of which the last one's result counts.
    const answer = await (connection as PostgresConnection).query(
      text,
      ...(values.length > 0 ? [values] : []),
    );
    const { rows, rowCount } = Array.isArray(answer) ? answer.at(-1)! : answer;
    return { rows, affected: rowCount ?? 0 };
  },
  destroy: (connection) => void (connection as PostgresConnection).end().catch(() => undefined),
};

interface MariadbConnection {
  promise(): {
    query(
      text: string,
      values: readonly unknown[],
    ): Promise<[readonly Row[] | { readonly affectedRows: number }, unknown]>;
  };
  destroy(): void;
}

export const MARIADB_WIRE: Wire = {
  async send(connection, { text, values }) {
    const [answer] = await (connection as MariadbConnection).promise().query(text, values);
    if ('affectedRows' in answer) return { rows: [], affected: answer.affectedRows };
    return { rows: answer, affected: answer.length };
  },
  destroy: (connection) => (connection as MariadbConnection).destroy(),
};
