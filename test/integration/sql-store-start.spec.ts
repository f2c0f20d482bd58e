import { DataSource, type DataSourceOptions } from 'typeorm';
import { sessionEntities, sessionMigrations } from '../../src/storage/sql/session-schema.js';
import { sqlStore } from '../../src/storage/sql/sql-store.js';
import { someSettings } from '../../src/testing/index.js';
import { DATABASE_KINDS, openDatabase, type TestDatabase } from '../support/servers.js';
import { login, openSessionDatabase, startStore } from './sql-fixtures.js';

describe.each(DATABASE_KINDS)('starting the store on %s', (kind) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await openSessionDatabase(kind);
  });

  afterEach(() => database.close());

  it('is refused where the tables are missing, naming the migration to run', async () => {
    const starting = startStore(database.dataSource);

    await expect(starting).rejects.toMatchObject({
      code: 'SESSION_LAYOUT_MISMATCH',
      message: expect.stringContaining('CreateSessionTables1793577600000') as string,
    });
  });

  it('is refused where the tables are older, naming the migration to run', async () => {
    await database.dataSource.runMigrations();
    await database.dataSource.query('update session_layout set version = 0');

    const starting = startStore(database.dataSource);

    await expect(starting).rejects.toMatchObject({
      code: 'SESSION_LAYOUT_MISMATCH',
      message: expect.stringContaining('CreateSessionTables1793577600000') as string,
    });
  });

  it('is refused where only the last migration is missing, naming that one', async () => {
    await database.dataSource.runMigrations();
    await database.dataSource.undoLastMigration();

    const starting = startStore(database.dataSource);

    await expect(starting).rejects.toMatchObject({
      code: 'SESSION_LAYOUT_MISMATCH',
      message: expect.stringContaining(
        'the migration CreateSessionAnchors1793664000000 ',
      ) as string,
    });
  });

  it('is refused where the tables are newer', async () => {
    await database.dataSource.runMigrations();
    await database.dataSource.query('update session_layout set version = 99');

    await expect(startStore(database.dataSource)).rejects.toMatchObject({
      code: 'SESSION_LAYOUT_MISMATCH',
    });
  });

  it('takes the number of shards that the first process has settled', async () => {
    await database.dataSource.runMigrations();
    const first = await startStore(database.dataSource, {}, { shards: 7 });
    await first.close();

    const second = await startStore(database.dataSource);

    expect(second.shards).toBe(7);
    await second.close();
  });

  it('is refused with another number of shards', async () => {
    await database.dataSource.runMigrations();
    await (await startStore(database.dataSource, {}, { shards: 7 })).close();

    await expect(startStore(database.dataSource, {}, { shards: 8 })).rejects.toMatchObject({
      code: 'SESSION_LAYOUT_MISMATCH',
      message: expect.stringContaining('7 shards') as string,
    });
  });

  it('leaves the DataSource open that it was handed', async () => {
    await database.dataSource.runMigrations();
    const store = await startStore(database.dataSource);

    await store.close();

    expect(database.dataSource.isInitialized).toBe(true);
  });

  it('begins a DataSource that nobody has, and ends it', async () => {
    await database.dataSource.runMigrations();
    const dataSource = new DataSource(database.options);
    const store = await startStore(dataSource);
    const session = await login(store);
    const found = await store.find(session.id);

    await store.close();

    expect(found?.session).toMatchObject({ id: session.id, state: 'active' });
    expect(dataSource.isInitialized).toBe(false);
  });

  it('tells what and where it is, without credentials', async () => {
    await database.dataSource.runMigrations();
    const store = await startStore(database.dataSource);

    const health = await store.health();

    const dialect = { sqlite: 'SQLite', postgres: 'PostgreSQL', mariadb: 'MariaDB' }[kind];
    expect(health).toMatchObject({ available: true, details: { dialect, shards: 64 } });
    expect(Math.abs(store.clockOffsetMs)).toBeLessThan(100);
    expect(store.description).toMatch(new RegExp(`^${dialect}`));
    expect(store.description).not.toContain('gatehouse:');
    await store.close();
  });
});

describe('a DataSource for the store', () => {
  it('must have the entities', async () => {
    const database = await openDatabase('sqlite', { entities: [], migrations: [] });

    await expect(startStore(database.dataSource)).rejects.toMatchObject({
      code: 'SESSION_CONFIG_INVALID',
      option: 'store.dataSource',
    });
    await database.close();
  });

  it('must be of a database that the store knows', () => {
    const dataSource = new DataSource({ type: 'mysql' });

    expect(() => sqlStore(dataSource)).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option: 'store.dataSource' }),
    );
  });

  it.each([0, -1, 1.5, 65_537, Number.NaN])('cannot have %d shards', (shards) => {
    const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:' });

    expect(() => sqlStore(dataSource, { shards })).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option: 'store.shards' }),
    );
  });

  it('may keep the tables in a schema and under a prefix of its own', async () => {
    const plain = await openDatabase('postgres', { entities: [], migrations: [] });
    await plain.dataSource.query('create schema app');
    const options: DataSourceOptions = {
      type: 'postgres',
      url: (plain.options as { readonly url: string }).url,
      schema: 'app',
      entityPrefix: 'web_',
      entities: sessionEntities,
      migrations: sessionMigrations,
    };
    const dataSource = await new DataSource(options).initialize();
    await dataSource.runMigrations();

    const store = await startStore(dataSource);
    const session = await login(store);

    const drift = await dataSource.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
    expect(await dataSource.query('select id from app.web_session_records')).toEqual([
      { id: session.id },
    ]);
    await store.close();
    await dataSource.destroy();
    await plain.close();
  });

  it('may be one in memory', async () => {
    const dataSource = new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: sessionEntities,
      migrations: sessionMigrations,
      migrationsRun: true,
    });
    const store = sqlStore(dataSource);

    await store.start(someSettings());

    expect(await store.find((await login(store)).id)).toBeDefined();
    await store.close();
  });
});
