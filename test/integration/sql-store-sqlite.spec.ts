import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import type { TestDatabase } from '../support/servers.js';
import {
  login,
  openMigratedDatabase,
  operationNow,
  sessionFor,
  startStore,
} from './sql-fixtures.js';

let database: TestDatabase;
let dataSource: DataSource;
let store: SqlSessionStore;

beforeEach(async () => {
  database = await openMigratedDatabase('sqlite');
  dataSource = database.dataSource;
  await dataSource.query('create table notes (text varchar(255) primary key)');
  store = await startStore(dataSource);
});

afterEach(async () => {
  await store.close();
  await database.close();
});

async function begin(on: DataSource = dataSource): Promise<QueryRunner> {
  const runner = on.createQueryRunner();
  await runner.startTransaction();
  await runner.query('insert into notes (text) values (?)', [`note ${Math.random()}`]);
  return runner;
}

const isStored = async ({ id }: { readonly id: ReturnType<typeof sessionFor>['id'] }) =>
  (await store.find(id))?.session.state === 'active';

describe('the store on the only connection to SQLite', () => {
  it('loses no session to a transaction of the application that is rolled back', async () => {
    const session = sessionFor(store);
    const transaction = await begin();

    const creating = store.create({ session }, operationNow());
    await delay(20);
    await transaction.rollbackTransaction();

    expect(await creating).toMatchObject({ result: 'created' });
    expect(await isStored(session)).toBe(true);
    expect(await dataSource.query('select * from notes')).toEqual([]);
  });

  it('ends no session by a change that is rolled back with the application’s', async () => {
    const session = await login(store);
    const transaction = await begin();

    const touching = store.touch(session.id, operationNow({ now: session.lastSeenAt + 1 }));
    const ending = store.revoke({ id: session.id, reason: 'logout' }, operationNow());
    await transaction.rollbackTransaction();
    await Promise.all([touching, ending]);

    expect(await isStored(session)).toBe(false);
  });

  it('leaves the application’s transaction whole, however they interleave', async () => {
    const transactions = Array.from({ length: 20 }, async (_, index) => {
      await login(store);
      return index;
    });
    const transaction = await begin();
    await Promise.all([...transactions, transaction.commitTransaction()]);

    expect(await dataSource.query('select count(*) as n from notes')).toEqual([{ n: 1 }]);
    expect(await dataSource.query('select count(*) as n from session_records')).toEqual([
      { n: 20 },
    ]);
  });

  it('gives up at the deadline where the application’s transaction does not end', async () => {
    const session = sessionFor(store);
    const transaction = await begin();

    const creating = store.create({ session }, operationNow({ deadline: Date.now() + 50 }));

    await expect(creating).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      cause: { message: expect.stringContaining('transaction open') as string },
    });
    await transaction.commitTransaction();
    expect(await isStored(session)).toBe(false);
  });

  it('leaves the busy timeout as the application has set it', async () => {
    await dataSource.query('pragma busy_timeout = 1234');

    await login(store);

    expect(await dataSource.query('pragma busy_timeout')).toEqual([{ timeout: 1234 }]);
  });
});

describe('two connections to one SQLite file', () => {
  it('wait for each other without holding up the process', async () => {
    const other = await database.connect();
    const transaction = await begin(other);
    const session = sessionFor(store);

    const creating = store.create({ session }, operationNow());
    await delay(20);
    await transaction.commitTransaction();

    expect(await creating).toMatchObject({ result: 'created' });
    expect(await isStored(session)).toBe(true);
  });

  it('make an operation give up at its deadline where the other keeps the lock', async () => {
    const transaction = await begin(await database.connect());
    const session = sessionFor(store);

    const creating = store.create({ session }, operationNow({ deadline: Date.now() + 50 }));

    await expect(creating).rejects.toMatchObject({
      cause: { message: expect.stringContaining('lock of the database file') as string },
    });
    await transaction.rollbackTransaction();
    expect(await isStored(session)).toBe(false);
  });
});
