import { Test } from '@nestjs/testing';
import { SessionAuditModule } from '../../src/audit/index.js';
import type { Fact } from '../../src/core/audit/fact-recorder.js';
import type { SessionCore } from '../../src/core/session-core.js';
import { SessionModule } from '../../src/index.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { SECRET } from '../support/session-app.js';
import { chainOf, KEY, openAuditDatabase } from './audit-fixtures.js';

const FACT: Fact = { type: 'login.failed', key: '192.0.2.1', context: { initiator: 'user' } };
const ORDERS = [['sessions first'], ['audit first']] as const;

describe('an application that shuts down', () => {
  it.each(ORDERS)('brings every count to the database, with %s', async (order) => {
    const database = await openAuditDatabase('sqlite');
    const { dataSource } = database;
    const imports = [
      SessionModule.forRoot({ secret: SECRET, store: memoryStore({ shards: 2 }) }),
      SessionAuditModule.forRoot({ dataSource, keys: [KEY], pollInterval: '1m' }),
    ];
    if (order === 'audit first') imports.reverse();
    const module = await Test.createTestingModule({ imports }).compile();
    await module.init();
    const { facts } = module.get<SessionCore>(SESSION_CORE);
    for (let time = 0; time < 3; time += 1) await facts.record(FACT);

    await module.close();

    const details = (await chainOf(dataSource, 0)).map((row) => row.details);
    expect(details).toEqual([null, { count: 2 }]);
    await database.close();
  });

  it('leaves the counts in the outbox where there is no audit module', async () => {
    const store = memoryStore({ shards: 2 });
    const imports = [SessionModule.forRoot({ secret: SECRET, store })];
    const module = await Test.createTestingModule({ imports }).compile();
    await module.init();
    const { facts } = module.get<SessionCore>(SESSION_CORE);
    for (let time = 0; time < 3; time += 1) await facts.record(FACT);
    const closeStore = store.close.bind(store);
    let left = 0;
    store.close = async () => {
      left = (await store.outboxState(0)).entries;
      await closeStore();
    };

    await module.close();

    expect(left).toBe(2);
  });
});
