import { DataSource } from 'typeorm';
import { shardOfSession } from '../../src/core/ids.js';
import { sessionEntities, sessionMigrations } from '../../src/storage/sql/session-schema.js';
import { sqlStore, type SqlSessionStore } from '../../src/storage/sql/sql-store.js';
import { someSettings } from '../../src/testing/index.js';
import { eventually } from '../support/eventually.js';
import { startPrivateMariadb } from '../support/private-mariadb.js';
import { startPrivatePostgres, type PrivateServer } from '../support/private-postgres.js';
import { login, operationNow, sessionFor } from './sql-fixtures.js';

const TIMEOUT_MS = 500;

const SERVERS = [
  { type: 'postgres', startServer: startPrivatePostgres, pool: { max: 4 } },
  { type: 'mariadb', startServer: startPrivateMariadb, pool: { connectionLimit: 4 } },
] as const;

describe.each(SERVERS)('a $type database', ({ type, startServer, pool }) => {
  let server: PrivateServer;
  let dataSource: DataSource;
  let store: SqlSessionStore;
  let warnings: string[];

  const dataSourceOf = (url: string): DataSource =>
    new DataSource({
      type,
      url,
      entities: sessionEntities,
      migrations: sessionMigrations,
      extra: pool,
    });

  async function start(): Promise<void> {
    warnings = [];
    const settings = { storeTimeoutMs: TIMEOUT_MS, warn: (text: string) => warnings.push(text) };
    await store.start(someSettings(settings));
  }

  const isBack = (): Promise<boolean> =>
    store.outboxState(0).then(
      () => true,
      () => false,
    );

  const soon = () => operationNow({ deadline: Date.now() + TIMEOUT_MS });

  beforeEach(async () => {
    server = await startServer();
    dataSource = await dataSourceOf(server.url).initialize();
    await dataSource.runMigrations();
    store = sqlStore(dataSource);
    await start();
  });

  afterEach(async () => {
    server.resume();
    await store.close();
    await dataSource.destroy().catch(() => undefined);
    await server.stop();
  });

  describe('that does not answer', () => {
    it('keeps no call waiting beyond its bound', async () => {
      const session = await login(store);
      server.pause();
      const began = Date.now();

      const calls = [
        store.find(session.id),
        store.touch(session.id, soon()),
        store.revoke({ id: session.id, reason: 'logout' }, soon()),
        store.create({ session: sessionFor(store) }, soon()),
        store.readOutbox(0, 10),
        ...Array.from({ length: 10 }, () => store.find(session.id)),
      ];

      for (const call of calls)
        await expect(call).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
      expect(Date.now() - began).toBeLessThan(3 * TIMEOUT_MS);
    });

    it('does nothing later of what it was asked before the deadline, and works again', async () => {
      const session = await login(store);
      server.pause();
      const changes = [
        store.revoke({ id: session.id, reason: 'logout' }, soon()),
        store.touch(session.id, { ...soon(), now: session.lastSeenAt + 60_000 }),
      ];
      for (const change of changes) await expect(change).rejects.toThrow();

      server.resume();

      await eventually(isBack);
      expect(await store.find(session.id)).toMatchObject({
        session: { state: 'active', lastSeenAt: session.lastSeenAt },
      });
    });

    it('does not commit late what it had done but for the commit', async () => {
      const session = await login(store);
      const { logger } = dataSource;
      const logQuery = logger.logQuery.bind(logger);
      logger.logQuery = (text, ...rest) => {
        if (/\bcommit\b/.test(text)) server.pause();
        logQuery(text, ...rest);
      };

      const ending = store.revoke({ id: session.id, reason: 'logout' }, soon());
      await expect(ending).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
      logger.logQuery = logQuery;
      server.resume();

      await eventually(isBack);
      expect(await store.find(session.id)).toMatchObject({ session: { state: 'active' } });
      const events = await store.readOutbox(shardOfSession(session.id), 10);
      expect(events.map(({ event }) => event.type)).toEqual(['session.created']);
    });

    it('is waited for no longer than the bound where somebody keeps a row locked', async () => {
      const session = await login(store);
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query(`select * from session_records where id = '${session.id}' for update`);

      const ending = store.revoke({ id: session.id, reason: 'logout' }, soon());

      await expect(ending).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
      await runner.rollbackTransaction();
      await runner.release();
      expect((await store.find(session.id))?.session.state).toBe('active');
    });
  });

  describe('that is away', () => {
    it('is told of in health, warned about once, and found again', async () => {
      await server.kill();
      const first = await store.health();
      const second = await store.health();
      await server.restart();

      expect([first.available, second.available]).toEqual([false, false]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('is unavailable');
      await eventually(async () => (await store.health()).available);
      expect(await login(store)).toBeDefined();
    });

    it('does not keep the store from starting, which then waits for it', async () => {
      const { url } = server;
      await server.kill();
      const waiting = sqlStore(dataSourceOf(url));
      const told: string[] = [];
      await waiting.start(
        someSettings({ storeTimeoutMs: TIMEOUT_MS, warn: (text) => told.push(text) }),
      );
      const { id } = sessionFor(waiting);

      await expect(waiting.find(id)).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
      expect(told).toHaveLength(1);
      await server.restart();

      store = waiting;
      await eventually(isBack);
      expect(await waiting.find(id)).toBeUndefined();
      await waiting.close();
    });

    it('shows nothing of a password or a session in what it rejects with', async () => {
      const session = await login(store, { data: { a: '"secret"' } });
      await server.kill();

      const error: unknown = await store.find(session.id).catch((failure: unknown) => failure);

      const { cause } = error as Error;
      const shown = JSON.stringify([error, { ...(cause as object) }, (cause as Error).message]);
      expect(shown).not.toContain(session.tokenHash);
      expect(shown).not.toContain(new URL(server.url).password);
      await server.restart();
    });
  });
});
