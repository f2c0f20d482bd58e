import type { SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import { anOperation, aUser, FakeClock } from '../../src/testing/index.js';
import { shardOfUser, type User } from '../../src/core/user.js';
import type { SweepResult } from '../../src/core/session-store.js';
import { DATABASE_KINDS, type TestDatabase } from '../support/servers.js';
import { login, openMigratedDatabase, startStore } from './sql-fixtures.js';

const BUDGET = 3;
const DAY_MS = 86_400_000;

describe.each(DATABASE_KINDS)('what the sweep forgets on %s', (kind) => {
  let database: TestDatabase;
  let store: SqlSessionStore;
  let clock: FakeClock;

  beforeEach(async () => {
    clock = new FakeClock();
    database = await openMigratedDatabase(kind);
    store = await startStore(database.dataSource, { clock, tombstoneTtlMs: DAY_MS });
  });

  afterEach(async () => {
    await store.close();
    await database.close();
  });

  const sweepAll = async (user: User): Promise<readonly SweepResult[]> => {
    const sweeps: SweepResult[] = [];
    do {
      const operation = anOperation(clock);
      sweeps.push(await store.sweep(shardOfUser(user, store.shards), BUDGET, operation));
    } while (sweeps.at(-1)!.more);
    return sweeps;
  };

  const rowsIn = async (table: string): Promise<number> => {
    const [row] = await database.dataSource.query<{ n: unknown }[]>(
      `select count(*) as n from ${table}`,
    );
    return Number(row!.n);
  };

  it('is everything that sessions leave, a bounded piece at a time', async () => {
    const user = aUser();
    for (let count = 0; count < 10; count += 1) await login(store, { user });
    await store.revokeAll({ user, reason: 'left' }, anOperation(clock));
    clock.advance(DAY_MS - 1);
    await sweepAll(user);
    const before = await rowsIn('session_records');
    clock.advance(DAY_MS + 1);

    const sweeps = await sweepAll(user);

    expect(before).toBe(10);
    expect(sweeps.length).toBeGreaterThan(3);
    expect(sweeps.flatMap(({ ended }) => ended)).toEqual([]);
    expect(await rowsIn('session_records')).toBe(0);
    expect(await rowsIn('session_users')).toBe(0);
    clock.advance(DAY_MS);
    await sweepAll(user);
    expect(await rowsIn('session_operations')).toBe(0);
  });

  it('is no block that still holds', async () => {
    const user = aUser();
    await store.block(user, clock.now() + 2 * DAY_MS, anOperation(clock));
    clock.advance(2 * DAY_MS - 1);

    await sweepAll(user);
    const during = await rowsIn('session_users');
    clock.advance(1);
    await sweepAll(user);

    expect([during, await rowsIn('session_users')]).toEqual([1, 0]);
  });

  it('is no tombstone that its session asked to keep longer', async () => {
    const user = aUser();
    const { id } = await login(store, { user, tombstoneUntil: clock.now() + 3 * DAY_MS });
    await store.revoke({ id, reason: 'logout' }, anOperation(clock));
    clock.advance(3 * DAY_MS - 1);

    await sweepAll(user);
    const during = await store.find(id);
    clock.advance(1);
    await sweepAll(user);

    expect(during?.session.state).toBe('revoked');
    expect(await store.find(id)).toBeUndefined();
  });

  it('leaves nothing personal of an ended session but whose it was', async () => {
    const { id } = await login(store, {
      data: { a: '"secret"' },
      impersonatorId: 'olivia',
      device: { ip: '192.0.2.7', userAgent: 'Agent/1.0', label: 'Agent' },
    });

    await store.revoke({ id, reason: 'logout' }, anOperation(clock));

    const [row] = await database.dataSource.query<object[]>('select * from session_records');
    expect(row).toMatchObject({
      data: null,
      methods: null,
      ip: null,
      user_agent: null,
      device_label: null,
      impersonator_id: null,
    });
  });
});
