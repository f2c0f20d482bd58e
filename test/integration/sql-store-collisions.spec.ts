import { setTimeout as delay } from 'node:timers/promises';
import type { SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import { aUser, FakeClock } from '../../src/testing/index.js';
import type { TestDatabase } from '../support/servers.js';
import { login, openMigratedDatabase, operationNow, startStore } from './sql-fixtures.js';

describe.each(['postgres', 'mariadb'] as const)('a deadlock on %s', (kind) => {
  let database: TestDatabase;
  let store: SqlSessionStore;

  beforeEach(async () => {
    database = await openMigratedDatabase(kind);
    store = await startStore(database.dataSource);
  });

  afterEach(async () => {
    await store.close();
    await database.close();
  });

  it('is survived: the operation is done once, and whoever asked hears nothing of it', async () => {
    const user = aUser();
    const clock = new FakeClock(Date.now() - 1_000);
    const [first, second] = [
      await login(store, { user, createdAt: clock.now() }),
      await login(store, { user, createdAt: clock.now() + 1 }),
    ];
    const { dataSource } = database;
    const lock = async (id: string): Promise<void> => {
      const query = dataSource
        .createQueryBuilder(other)
        .from('session_records', 'r')
        .select('r.id');
      await query.where({ id }).setLock('pessimistic_write').getRawOne();
    };
    const other = dataSource.createQueryRunner();
    await other.startTransaction();
    await lock(second.id);

    const ending = store.revokeAll({ user, reason: 'left' }, operationNow());
    await delay(100);
    const crossing = lock(first.id).then(
      () => other.commitTransaction(),
      () => other.rollbackTransaction(),
    );

    const ended = await ending;
    await crossing;
    await other.release();
    expect(ended.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect((await store.list(user, { limit: 10 }, Date.now())).items).toEqual([]);
  });
});
