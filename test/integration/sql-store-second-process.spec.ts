import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import { aUser } from '../../src/testing/index.js';
import type { TestDatabase } from '../support/servers.js';
import { login, openMigratedDatabase, startStore } from './sql-fixtures.js';

const WRITER = join(import.meta.dirname, '../support/session-writer.mjs');

const keysOf = (writer: number): readonly string[] =>
  Array.from({ length: 100 }, (_, index) => `writer${writer}key${index}`);

describe('two processes on one SQLite file', () => {
  let database: TestDatabase;
  let store: SqlSessionStore;
  let writers: readonly ChildProcess[];

  beforeEach(async () => {
    database = await openMigratedDatabase('sqlite');
    store = await startStore(database.dataSource);
    const { database: file } = database.dataSource.options;
    writers = [0, 1].map(() => fork(WRITER, [String(file)], { execArgv: [] }));
    await Promise.all(writers.map((writer) => once(writer, 'message')));
  });

  afterEach(async () => {
    await Promise.all(
      writers.map(async (writer) => {
        if (writer.kill('SIGKILL')) await once(writer, 'exit');
      }),
    );
    await store.close();
    await database.close();
  });

  it('lose none of each other’s writes, and hold one limit together', async () => {
    const { id } = await login(store);
    const user = aUser();

    const results = await Promise.all(
      writers.map(async (writer, index) => {
        writer.send({ id, user, keys: keysOf(index) });
        const [told] = (await once(writer, 'message')) as [readonly string[]];
        return told;
      }),
    );

    const count = (result: string) => results.flat().filter((each) => each === result).length;
    expect([count('saved'), count('created'), count('limit-reached')]).toEqual([200, 3, 197]);
    const data = Object.fromEntries([0, 1].flatMap(keysOf).map((key) => [key, '1']));
    const found = await store.find(id);
    expect(found).toMatchObject({ session: { version: 201, data } });
    expect((await store.list(user, { limit: 10 }, Date.now())).items).toHaveLength(3);
  });
});
