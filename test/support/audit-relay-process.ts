import { DataSource } from 'typeorm';
import { AuditJournal } from '../../src/audit/audit-journal.js';
import { AuditRelay } from '../../src/audit/audit-relay.js';
import { auditEntities } from '../../src/audit/audit-schema.js';
import { systemClock } from '../../src/core/clock.js';
import { Redis } from 'ioredis';
import { redisStore } from '../../src/storage/redis/redis-store.js';
import { someSettings } from '../../src/testing/builders.js';

/** A relay as a process of its own has it: from a Redis prefix to a PostgreSQL database, until told to end. */
const [postgresUrl, redisUrl, prefix, key] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const logger = { log: () => {}, warn: (message: string) => console.error(message) };

const dataSource = new DataSource({ type: 'postgres', url: postgresUrl, entities: auditEntities });
await dataSource.initialize();
const store = redisStore(new Redis(redisUrl, { lazyConnect: true }), { prefix });
await store.start(someSettings());
const journal = new AuditJournal({
  dataSource,
  keys: [{ keyId: 'k1', key }],
  addressPrivacy: 'full',
  clock: systemClock,
});
const relay = new AuditRelay({
  outbox: store,
  journal,
  pollIntervalMs: 100,
  clock: systemClock,
  logger,
});
relay.start();
process.send?.('ready');
process.once('message', () => void end());

async function end(): Promise<void> {
  await relay.stop();
  await store.close();
  await dataSource.destroy();
  process.disconnect();
}
