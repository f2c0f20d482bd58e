import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { AuditJournal } from '../../src/audit/audit-journal.js';
import { AuditRelay } from '../../src/audit/audit-relay.js';
import { auditEntities, auditMigrations } from '../../src/audit/audit-schema.js';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { systemClock } from '../../src/core/clock.js';
import { redisStore } from '../../src/storage/redis/redis-store.js';
import { someSettings } from '../../src/testing/builders.js';
import { BENCH_KEY, fillOutboxes } from './seeding.js';

export interface Servers {
  readonly redisUrl: string;
  readonly postgresUrl: string;
}

export interface Throughput {
  readonly shards: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** CPU time of the relay's process: what other load on the machine moves least. */
  readonly cpuUsPerEvent: number;
  /** Whether the rows verify afterwards and are as many as the events were. */
  readonly isWhole: boolean;
}

const silent = { log: () => undefined, warn: (message: string) => console.error(message) };

export async function openAuditTables(url: string): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: auditEntities,
    migrations: auditMigrations,
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  return dataSource;
}

/** Lets events pile up in Redis, then times one relay until all of them are rows in PostgreSQL. */
export async function measureThroughput(
  servers: Servers,
  shards: number,
  events: number,
): Promise<Throughput> {
  const dataSource = await openAuditTables(servers.postgresUrl);
  await dataSource.query('TRUNCATE audit_events');
  const client = new Redis(servers.redisUrl, { lazyConnect: true });
  const store = redisStore(client, { prefix: `relay${shards}`, shards });
  await store.start(someSettings({ outboxMaxBytes: Number.MAX_SAFE_INTEGER }));
  await fillOutboxes(store, shards, events);
  const keys = [BENCH_KEY] as const;
  const journal = new AuditJournal({
    dataSource,
    keys,
    addressPrivacy: 'full',
    clock: systemClock,
  });
  const relay = new AuditRelay({
    outbox: store,
    journal,
    pollIntervalMs: 1_000,
    clock: systemClock,
    logger: silent,
  });

  const [from, cpu] = [performance.now(), process.cpuUsage()];
  const moved = await relay.drainAll();
  const elapsedMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);

  const { rows, valid } = await new AuditVerifier({ dataSource, keys, anchors: store }).verify();
  await store.close();
  await dataSource.destroy();
  return {
    shards,
    events,
    eventsPerSecond: Math.round((1_000 * moved) / elapsedMs),
    cpuUsPerEvent: Math.round((user + system) / moved),
    isWhole: valid && rows === events,
  };
}
