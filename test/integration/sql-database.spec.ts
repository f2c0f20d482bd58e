import { sql, render, type Statement } from '../../src/storage/sql/sql.js';
import { touchStatement } from '../../src/storage/sql/change-session.js';
import { deadlineIn } from '../../src/storage/sql/deadlines.js';
import type { Database, Deadline, Steps } from '../../src/storage/sql/database.js';
import { DatabaseClock } from '../../src/storage/sql/database-clock.js';
import { openDatabase } from '../../src/storage/sql/open-database.js';
import * as outbox from '../../src/storage/sql/outbox.js';
import {
  findStatement,
  listCreatedStatement,
  listStatement,
} from '../../src/storage/sql/session-queries.js';
import { dueStatement, forgetOperations, forgetUsers } from '../../src/storage/sql/sweep-shard.js';
import { newSessionId } from '../../src/core/ids.js';
import { leases } from '../../src/storage/sql/tables.js';
import { DATABASE_KINDS, type TestDatabase } from '../support/servers.js';
import { openMigratedDatabase, operationNow } from './sql-fixtures.js';

const ID = newSessionId(0);
const PAGE = { from: { createdAt: 1, id: ID }, limit: 10, now: 5 };

/** What a request, a page of a list and a sweep ask of the database. */
const QUERIES: Readonly<Record<string, Statement>> = {
  find: findStatement([ID]),
  list: listStatement({ tenantId: 'a', userId: 'b' }, 0, PAGE),
  listCreated: listCreatedStatement(0, PAGE.from, 10),
  touch: touchStatement(ID, operationNow(), 5),
  due: dueStatement(0, 5, 10),
  'operations to forget': forgetOperations(0, 5, 10),
  'users to forget': forgetUsers(0, 5, 10),
  readOutbox: outbox.readStatement(0, 10),
  outboxState: outbox.stateStatement(0),
  acknowledge: outbox.acknowledgeStatement(0, ['a', 'b']),
};

describe.each(DATABASE_KINDS)('the database layer on %s', (kind) => {
  let tested: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    tested = await openMigratedDatabase(kind);
    database = openDatabase(tested.dataSource, new DatabaseClock());
  });

  afterAll(() => tested.close());

  function* insertLease(name: string): Steps<string> {
    yield sql`insert into ${leases} (name, holder, expires_at) values (${name}, ${'h'}, ${1})`;
    return name;
  }

  const names = async (): Promise<unknown[]> => {
    const rows = await database.read(sql`select name from ${leases}`, deadlineIn(1_000));
    return rows.map(({ name }) => name);
  };

  it('commits what is done in time', async () => {
    const answer = await database.transact(() => insertLease('in time'), deadlineIn(1_000));

    expect(answer).toBe('in time');
    expect(await names()).toContain('in time');
  });

  it('commits nothing once the deadline has come, however far it got', async () => {
    const passing: Deadline = { remainingMs: () => (asked++ < 3 ? 1_000 : -1) };
    let asked = 0;
    function* slow(): Steps<string> {
      const answer = yield* insertLease('late');
      asked = 3;
      return answer;
    }

    const attempt = database.transact(slow, passing);

    await expect(attempt).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(await names()).not.toContain('late');
  });

  it('leaves no transaction open after one that fails', async () => {
    function* failing(): Steps<void> {
      yield* insertLease('half');
      throw new Error('no more');
    }

    for (let count = 0; count < 20; count += 1)
      await expect(database.transact(failing, deadlineIn(1_000))).rejects.toThrow('no more');

    expect(await names()).not.toContain('half');
    expect(await database.transact(() => insertLease('after'), deadlineIn(1_000))).toBe('after');
  });

  it.each(Object.keys(QUERIES))('has an index for what %s reads', async (name) => {
    const { text, values } = render(QUERIES[name]!, database.dialect);
    const { dataSource } = tested;
    const runner = dataSource.createQueryRunner();
    if (kind === 'postgres') await runner.query('set enable_seqscan = off');

    const explain = { sqlite: 'explain query plan', postgres: 'explain', mariadb: 'explain' }[kind];
    const plan: unknown = await runner.query(`${explain} ${text}`, [...values]);

    await runner.query(kind === 'postgres' ? 'reset enable_seqscan' : 'select 1');
    await runner.release();
    expect(tablesWithoutIndex(plan as readonly PlanRow[])).toEqual([]);
  });
});

interface PlanRow {
  /** SQLite */
  readonly detail?: string;
  /** PostgreSQL */
  readonly 'QUERY PLAN'?: string;
  /** MariaDB */
  readonly table?: string | null;
  readonly possible_keys?: string | null;
  readonly key?: string | null;
}

/** The tables that a plan reads from end to end. */
const tablesWithoutIndex = (plan: readonly PlanRow[]): readonly string[] =>
  plan.flatMap((row) => {
    const line = row.detail ?? row['QUERY PLAN'];
    if (line !== undefined)
      return [...line.matchAll(/(?:SCAN|Seq Scan on) "?(session_\w+|r|s)\b(?! USING)/g)].map(
        ([, name]) => name!,
      );
    const { table, possible_keys: keys, key } = row;
    return table && /^(session_|[rs]$)/.test(table) && !keys && !key ? [table] : [];
  });
