import { describe, it } from '@jest/globals';
import { sessionEntities, sessionMigrations } from 'nestjs-gatehouse/sql';
import { openDatabase, openRedis } from '../support/servers.js';
import { checkAgainstModel } from './check-against-model.js';
import { inMemory, inRedis, inSql } from './empty-stores.js';

describe('a store does what the reference model does, one step at a time or several at once', () => {
  it('in memory', async () => {
    await checkAgainstModel(inMemory, { runs: 150 });
  });

  it('in Redis', async () => {
    const client = openRedis();

    await checkAgainstModel(inRedis(client), { runs: 25 });

    await client.quit();
  });

  it('in SQLite', async () => {
    const database = await openDatabase('sqlite', {
      entities: sessionEntities,
      migrations: sessionMigrations,
    });
    await database.dataSource.runMigrations();

    await checkAgainstModel(inSql(database.dataSource), { runs: 15 });

    await database.close();
  });
});
