/*
 * What a verification of the audit costs: writes rows (a million, unless told otherwise) to a SQLite
 * file or, with DATABASE_URL, to an empty PostgreSQL or MariaDB database, verifies them, and prints
 * the time and the heap that was in use after each tenth. `npm run bench:audit -- [rows]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { auditEntities, auditMigrations } from '../src/audit/audit-schema.js';
import { AuditVerifier } from '../src/audit/audit-verifier.js';
import { BENCH_KEY, seedAuditRows } from './audit-relay/seeding.js';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const CHAINS = 4;

const megabytes = (bytes: number): number => Math.round(bytes / 104_857.6) / 10;
const heapInUse = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

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
await seedAuditRows(dataSource, { rows: ROWS, chains: CHAINS });
console.log(`${ROWS} rows written in ${Math.round((performance.now() - writingFrom) / 1_000)} s`);

const before = heapInUse();
const heaps: number[] = [];
const from = performance.now();
const verification = await new AuditVerifier({ dataSource, keys: [BENCH_KEY] }).verify({
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
