import { sessionEntities, sessionMigrations } from '../../src/storage/sql/session-schema.js';
import { DATABASE_KINDS, openDatabase, type TestDatabase } from '../support/servers.js';

const TABLES = [
  'session_anchors',
  'session_layout',
  'session_leases',
  'session_operations',
  'session_outbox',
  'session_records',
  'session_shards',
  'session_users',
];

describe.each(DATABASE_KINDS)('the schema of sessions on %s', (kind) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await openDatabase(kind, {
      entities: sessionEntities,
      migrations: sessionMigrations,
    });
  });

  afterEach(() => database.close());

  const tablesPresent = async (): Promise<string[]> => {
    const runner = database.dataSource.createQueryRunner();
    const tables = await runner.getTables(TABLES);
    await runner.release();
    return tables.map(({ name }) => name.replace(/^.*\./, '')).sort();
  };

  it('is what the entities describe once migrated', async () => {
    await database.dataSource.runMigrations();

    const drift = await database.dataSource.driver.createSchemaBuilder().log();

    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
    expect(await tablesPresent()).toEqual(TABLES);
  });

  it('goes away when its migrations are undone', async () => {
    await database.dataSource.runMigrations();

    for (const _ of sessionMigrations) await database.dataSource.undoLastMigration();

    expect(await tablesPresent()).toEqual([]);
  });
});
