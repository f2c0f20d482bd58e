import { auditEntities, auditMigrations } from '../../src/audit/audit-schema.js';
import { DATABASE_KINDS, openDatabase, type TestDatabase } from '../support/servers.js';

const TABLES = ['audit_checkpoints', 'audit_events', 'audit_rejected'];

describe.each(DATABASE_KINDS)('the audit schema on %s', (kind) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await openDatabase(kind, { entities: auditEntities, migrations: auditMigrations });
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

  it('goes away when its migration is undone', async () => {
    await database.dataSource.runMigrations();

    await database.dataSource.undoLastMigration();

    expect(await tablesPresent()).toEqual([]);
  });
});
