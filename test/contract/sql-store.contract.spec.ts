import { sessionEntities, sessionMigrations, sqlStore } from 'nestjs-gatehouse/sql';
import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { DATABASE_KINDS, openDatabase, type TestDatabase } from '../support/servers.js';

const TABLES = [
  'session_records',
  'session_users',
  'session_operations',
  'session_outbox',
  'session_leases',
  'session_anchors',
  'session_shards',
];

describe.each(DATABASE_KINDS)('on %s', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openDatabase(kind, {
      entities: sessionEntities,
      migrations: sessionMigrations,
    });
    await database.dataSource.runMigrations();
  });
  afterAll(() => database.close());

  describeSessionStore(`SQL, ${kind}`, async (settings) => {
    const { dataSource } = database;
    const store = sqlStore(dataSource);
    await store.start(settings);
    return {
      store,
      dropRecord: async (id) => {
        await dataSource
          .createQueryBuilder()
          .delete()
          .from('session_records')
          .where({ id })
          .execute();
      },
      close: async () => {
        await store.close();
        for (const table of TABLES) await dataSource.query(`delete from ${table}`);
      },
    };
  });
});
