import { Test } from '@nestjs/testing';
import type { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import { SessionAuditModule } from '../../src/audit/index.js';
import { SessionModule } from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { sessionEntities, sessionMigrations, sqlStore } from '../../src/storage/sql/index.js';
import { someSettings } from '../../src/testing/index.js';
import { openDatabase } from '../support/servers.js';
import { SECRET } from '../support/session-app.js';
import { KEY, openAuditDatabase } from './audit-fixtures.js';

/** More than are idle when a test begins, so that the last is a new one. */
const CONNECTIONS = 6;

interface PooledConnection extends EventEmitter {
  release(destroy: true): void;
}

/** @throws Error where nobody listens for the end of a connection that is just handed out */
async function endNewConnection({ driver }: DataSource): Promise<void> {
  const { master } = driver as unknown as { master: { connect(): Promise<PooledConnection> } };
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => master.connect()),
  );
  try {
    connections.at(-1)!.emit('error', new Error('terminating connection'));
  } finally {
    for (const connection of connections) connection.release(true);
  }
}

describe('a PostgreSQL that ends connections while they are handed out', () => {
  it('takes no process along with a store', async () => {
    const database = await openDatabase('postgres', {
      entities: sessionEntities,
      migrations: sessionMigrations,
    });
    await database.dataSource.runMigrations();
    const store = sqlStore(database.dataSource);
    await store.start(someSettings());

    await expect(endNewConnection(database.dataSource)).resolves.toBeUndefined();

    await store.close();
    await database.close();
  });

  it('takes no process along with the audit, under either of its roles', async () => {
    const database = await openAuditDatabase('postgres');
    const module = await Test.createTestingModule({
      imports: [
        SessionModule.forRoot({ secret: SECRET, store: memoryStore() }),
        SessionAuditModule.forRoot({
          dataSource: database.dataSource,
          retentionDataSource: database.retention,
          keys: [KEY],
        }),
      ],
    }).compile();

    await expect(endNewConnection(database.dataSource)).resolves.toBeUndefined();
    await expect(endNewConnection(database.retention)).resolves.toBeUndefined();

    await module.close();
    await database.close();
  });
});
