/*
 * What a verification of the audit costs: writes rows (a million, unless told otherwise) to a SQLite
 * file or, with DATABASE_URL, to an empty PostgreSQL or MariaDB database, verifies them, and prints
 * the time and the heap that was in use after each tenth. `npm run bench:audit -- [rows]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AuditJournal } from '../src/audit/audit-journal.js';
import { auditEntities, auditMigrations } from '../src/audit/audit-schema.js';
import { AuditVerifier } from '../src/audit/audit-verifier.js';
import type { AuditEvent } from '../src/core/audit-event.js';
import { systemClock } from '../src/core/clock.js';
import type { SessionId } from '../src/core/ids.js';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const CHAINS = 4;
const BATCH = 500;
const KEY = { keyId: 'bench', key: 'a key of thirty-two bytes at least' } as const;

const megabytes = (bytes: number): number => Math.round(bytes / 104_857.6) / 10;
const heapInUse = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const eventOf = (number: number): AuditEvent => ({
  eventId: `event-${number}`,
  type: 'session.created',
  occurredAt: 1_793_491_200_000 + number,
  outcome: 'success',
  initiator: 'user',
  tenantId: '',
  userId: `user-${number % 10_000}`,
  sessionId: `session-${number}` as SessionId,
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  methods: ['pwd'],
});

async function fill(dataSource: DataSource): Promise<void> {
  const journal = new AuditJournal({
    dataSource,
    keys: [KEY],
    addressPrivacy: 'full',
    clock: systemClock,
  });
  for (let first = 0; first < ROWS; first += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, ROWS - first) }, (_, index) =>
      eventOf(first + index),
    );
    await journal.append((first / BATCH) % CHAINS, events);
  }
}

const url = process.env['DATABASE_URL'];
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-audit-'));
const place = url
  ? { type: url.startsWith('mariadb') ? 'mariadb' : 'postgres', url }
  : {
      type: 'better-sqlite3',
      database: join(folder, 'audit.sqlite'),
      prepareDatabase: (database: { pragma(text: string): void }) =>
        database.pragma('synchronous = OFF'),
    };
const dataSource = await new DataSource({
  ...place,
  entities: auditEntities,
  migrations: auditMigrations,
  migrationsRun: true,
} as DataSourceOptions).initialize();

const writingFrom = performance.now();
await fill(dataSource);
console.log(`${ROWS} rows written in ${Math.round((performance.now() - writingFrom) / 1_000)} s`);

const before = heapInUse();
const heaps: number[] = [];
const from = performance.now();
const verification = await new AuditVerifier({ dataSource, keys: [KEY] }).verify({
  onProgress: ({ rows, total }) => {
    if (Math.floor((10 * rows) / total) > heaps.length) heaps.push(heapInUse());
  },
});
const seconds = (performance.now() - from) / 1_000;

console.log(
  JSON.stringify({
    database: place.type,
    rows: verification.rows,
    valid: verification.valid,
    seconds: Math.round(seconds * 10) / 10,
    rowsPerSecond: Math.round(verification.rows / seconds),
    heapBeforeMB: megabytes(before),
    heapByTenthMB: heaps.map(megabytes),
    peakRssMB: megabytes(process.resourceUsage().maxRSS * 1_024),
  }),
);
await dataSource.destroy();
await rm(folder, { recursive: true });
