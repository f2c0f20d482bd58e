import type { SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import { aUser } from '../../src/testing/index.js';
import { DATABASE_KINDS, type TestDatabase } from '../support/servers.js';
import {
  login,
  openMigratedDatabase,
  operationNow,
  sessionFor,
  startStore,
} from './sql-fixtures.js';

/** As two processes have them: nothing in common but the database. */
describe.each(DATABASE_KINDS)('two stores on one database (%s)', (kind) => {
  let database: TestDatabase;
  let stores: readonly [SqlSessionStore, SqlSessionStore];

  beforeEach(async () => {
    database = await openMigratedDatabase(kind);
    stores = [await startStore(database.dataSource), await startStore(await database.connect())];
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.close();
  });

  const alternately = (index: number): SqlSessionStore => stores[index % 2]!;

  it('hold one limit together', async () => {
    const user = aUser();
    const limit = { max: 3, onLimit: 'reject' } as const;

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const store = alternately(index);
        return store.create({ session: sessionFor(store, { user }), limit }, operationNow());
      }),
    );

    expect(answers.filter(({ result }) => result === 'created')).toHaveLength(3);
    const listed = await stores[0].list(user, { limit: 100 }, Date.now());
    expect(listed.items).toHaveLength(3);
  });

  it('see each other’s endings at once', async () => {
    const { id } = await login(stores[0]);

    await stores[0].revoke({ id, reason: 'logout' }, operationNow());

    expect(await stores[1].find(id)).toMatchObject({ session: { state: 'revoked' } });
    expect(await stores[1].touch(id, operationNow())).toBe('gone');
  });

  it('end a session once, whoever is asked', async () => {
    const { id } = await login(stores[0]);

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        alternately(index).revoke({ id, reason: 'logout' }, operationNow()),
      ),
    );

    expect(answers.filter(({ result }) => result === 'revoked')).toHaveLength(1);
  });

  it('lose no key of data that both write', async () => {
    const { id } = await login(stores[0]);

    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        alternately(index).save({ id, set: { [`k${index}`]: '1' }, remove: [] }, operationNow()),
      ),
    );

    const found = await stores[1].find(id);
    expect(found?.session).toMatchObject({ version: 21 });
  });

  it('do an operation once that both are asked for', async () => {
    const { id } = await login(stores[0]);
    const operation = operationNow();
    const request = { id, set: { a: '1' }, remove: [] };

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => alternately(index).save(request, operation)),
    );

    expect(answers).toEqual(Array(6).fill({ result: 'saved', version: 2 }));
  });

  it('sweep side by side and end each session once', async () => {
    const users = Array.from({ length: 20 }, () => aUser());
    const past = Date.now() - 60_000;
    for (const user of users)
      await login(stores[0], { user, lastSeenAt: past, idleTimeoutMs: 1_000 });

    const sweeps = await Promise.all(
      Array.from({ length: 64 * 2 }, (_, index) =>
        alternately(index).sweep(Math.floor(index / 2), 100, operationNow()),
      ),
    );

    const ended = sweeps.flatMap((swept) => swept.ended.map(({ id }) => id));
    expect(new Set(ended).size).toBe(ended.length);
    expect(ended).toHaveLength(20);
  });

  it('give a lease to one of them', async () => {
    const answers = await Promise.all(
      stores.map((store, index) => store.lease('sweep', `holder-${index}`, 60_000)),
    );

    expect(answers.filter((held) => held)).toHaveLength(1);
  });

  it('agree on the number of shards and refuse another', async () => {
    const differing = startStore(await database.connect(), {}, { shards: 8 });

    await expect(differing).rejects.toMatchObject({ code: 'SESSION_LAYOUT_MISMATCH' });
  });
});
