import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import type { SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import { aUser } from '../../src/testing/index.js';
import { DATABASE_KINDS, type DatabaseKind, type TestDatabase } from '../support/servers.js';
import {
  login,
  openMigratedDatabase,
  operationNow,
  sessionFor,
  startStore,
  statementsOf,
  StatementLog,
} from './sql-fixtures.js';

const LAYOUT_PAGE = new URL('../../docs/storage-layout.md', import.meta.url);

/** What the documentation says that each piece of work costs. */
const documented = (): Readonly<Record<string, number>> => {
  const [, section = ''] = readFileSync(LAYOUT_PAGE, 'utf8').split(/^### What it costs$/m);
  const rows = section.split(/^#/m)[0]!.matchAll(/^\| (\S.*?) +\| (\d+) +\|/gm);
  return Object.fromEntries([...rows].map(([, work, count]) => [work!, Number(count)]));
};

/** Work that ends sessions, of which PostgreSQL tells others in one statement more. */
const ENDING = ['login at a limit of 5', 'revoke', 'revoke all of 5'];

const documentedFor = (kind: DatabaseKind): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(documented()).map(([work, count]) => [
      work,
      kind === 'postgres' && ENDING.includes(work) ? count + 1 : count,
    ]),
  );

type Work = (store: SqlSessionStore) => Promise<() => Promise<unknown>>;

const LIMIT = { max: 5, onLimit: 'evict-oldest' } as const;

/** By its name on the page: arranges, and returns what is counted. */
const WORK: Readonly<Record<string, Work>> = {
  find: async (store) => {
    const { id } = await login(store);
    return () => store.find(id);
  },
  touch: async (store) => {
    const { id } = await login(store);
    return () => store.touch(id, operationNow());
  },
  save: async (store) => {
    const { id } = await login(store);
    return () => store.save({ id, set: { a: '1' }, remove: [] }, operationNow());
  },
  'login below a limit of 5': async (store) => {
    const session = sessionFor(store);
    return () => store.create({ session, limit: LIMIT }, operationNow());
  },
  'login at a limit of 5': async (store) => {
    const user = aUser();
    for (let count = 0; count < 5; count += 1) await login(store, { user });
    const session = sessionFor(store, { user });
    return () => store.create({ session, limit: LIMIT }, operationNow());
  },
  revoke: async (store) => {
    const { id } = await login(store);
    return () => store.revoke({ id, reason: 'logout' }, operationNow());
  },
  'revoke all of 5': async (store) => {
    const user = aUser();
    for (let count = 0; count < 5; count += 1) await login(store, { user });
    return () => store.revokeAll({ user, reason: 'left' }, operationNow());
  },
  'list of 5': async (store) => {
    const user = aUser();
    for (let count = 0; count < 5; count += 1) await login(store, { user });
    return () => store.list(user, { limit: 10 }, Date.now());
  },
  'sweep with nothing due': async (store) => () => store.sweep(0, 100, operationNow()),
};

describe.each(DATABASE_KINDS)('statements on %s', (kind) => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let store: SqlSessionStore;

  beforeAll(async () => {
    database = await openMigratedDatabase(kind);
    dataSource = database.dataSource;
    store = await startStore(dataSource);
  });

  afterAll(async () => {
    await store.close();
    await database.close();
  });

  it('are as many as the documentation says', async () => {
    const counted: Record<string, number> = {};
    for (const [name, arrange] of Object.entries(WORK)) {
      const work = await arrange(store);
      counted[name] = (await statementsOf(dataSource, work)).length;
    }

    expect(counted).toEqual(documentedFor(kind));
  });

  it('put no value into the query log', async () => {
    const log = new StatementLog();
    const { logger } = dataSource;
    dataSource.logger = log;

    const { tokenHash } = await login(store, { data: { a: '"secret"' } });

    dataSource.logger = logger;
    expect(log.values).toEqual([]);
    expect(log.texts.join()).not.toMatch(/secret/);
    expect(log.texts.join()).not.toContain(tokenHash);
  });

  it.each([
    ['Bob', 'bob'],
    ['eve', 'eve '],
    ['é', 'e\u0301'],
    ['ß', 'ss'],
    ['a', 'ａ'],
    ['x', 'x\u200d'],
  ])('tell %j from %j, as a user and as a tenant', async (left, right) => {
    const users = [
      { tenantId: 't', userId: left },
      { tenantId: 't', userId: right },
      { tenantId: left, userId: 'u' },
      { tenantId: right, userId: 'u' },
    ];
    const sessions = [];
    for (const user of users) sessions.push(await login(store, { user }));

    for (const [index, user] of users.entries()) {
      const { items } = await store.list(user, { limit: 10 }, Date.now());
      expect(items.map(({ id, user: owner }) => ({ id, owner }))).toEqual([
        { id: sessions[index]!.id, owner: user },
      ]);
    }
  });
});
