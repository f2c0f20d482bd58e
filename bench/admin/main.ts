/**
 * How long the operators' page waits for each of its views: seeds sessions in Redis and audit rows in
 * PostgreSQL, a million of each, and asks the API of an application in this process as the page does.
 * `npm run bench:admin`; with `--quick` 10,000 of each. The last line is one JSON object.
 */
import { Redis } from 'ioredis';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { Activity } from '../../src/admin/activity.js';
import { AdminOverview } from '../../src/admin/admin-overview.js';
import { HealthReport } from '../../src/admin/health-report.js';
import { AUDIT_REPORTS, type AuditReports } from '../../src/audit/audit-reports.js';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { startPrivatePostgres, startPrivateRedis } from '../../test/support/launcher/index.mjs';
import { AUDIT_KEY, startUiApp, type UiApp } from '../../test/ui/ui-app.js';
import { signInAt } from '../../test/ui/visitors.js';
import { firstPaint } from './first-paint.js';
import { rounded, timed, type Timing } from './measure.js';
import { seedAudit } from './seed-audit.js';
import { seedSessions } from './seed-sessions.js';
import { Api, viewsOf } from './views.js';

const [MANY, FEW] = [1_000_000, 10_000];

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const count = values.quick ? FEW : MANY;

const [redis, postgres] = await Promise.all([startPrivateRedis(), startPrivatePostgres()]);
const storeOf = () => redisStore(new Redis(redis.url, { lazyConnect: true }));
const seconds = async <Answer>(what: string, work: Promise<Answer>): Promise<Answer> => {
  const from = performance.now();
  const answer = await work;
  console.log(`${what}: ${Math.round((performance.now() - from) / 1_000)} s`);
  return answer;
};

try {
  const seeding = storeOf();
  const sessions = await seconds(`${count} sessions opened`, seedSessions(seeding, count));
  await seeding.close();
  const app = await startUiApp({
    sessions: { store: storeOf() },
    database: { type: 'postgres', url: postgres.url },
  });
  const database = app.app.get(DataSource);
  const written = seedAudit(database, AUDIT_KEY, sessions, count);
  await seconds(`${count} audit rows written`, written);
  const api = new Api(app.url, await signInAt(app.url, { user: 'operator' }));
  const views: Record<string, Timing> = await countedAnew(app);
  for (const { name, path } of await viewsOf(api, sessions))
    views[name] = await timed((index) => api.read(path(index)));
  console.table(views);
  const exported = await timeExport(api);
  const paint = await firstPaint(app.url);
  const { rows, valid } = await app.app.get<AuditReports>(AUDIT_REPORTS).verify();
  console.log(`The audit's chains are ${valid ? 'whole' : 'BROKEN'}: ${rows} rows`);
  await app.close();
  console.log(JSON.stringify({ sessions: count, auditRows: rows, valid, views, exported, paint }));
} finally {
  await Promise.all([redis.stop(), postgres.stop()]);
}
process.exit(0);

/** Without what the overview keeps for five seconds, and without HTTP. */
async function countedAnew({ app }: UiApp): Promise<Record<string, Timing>> {
  const core = app.get<SessionCore>(SESSION_CORE);
  const audit = app.get<AuditReports>(AUDIT_REPORTS);
  const tenant = { tenantId: 'tenant-7' };
  const activity = new Activity(audit, {});
  return {
    'overview, for the first time': await timed(() => new AdminOverview(core, audit).read('all')),
    'overview of a tenant, for the first time': await timed(() =>
      new AdminOverview(core, audit).read(tenant),
    ),
    'sign-ins and endings, counted again': await timed(() => activity.read(core.operations.now())),
    'health, counted anew': await timed(() => new HealthReport(core, audit).read(undefined)),
  };
}

async function timeExport(api: Api) {
  const from = performance.now();
  const reader = (await api.open('audit/export?format=csv')).body!.getReader();
  let bytes = 0;
  let firstByteMs = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (bytes === 0) firstByteMs = performance.now() - from;
    bytes += next.value.length;
  }
  const wholeSeconds = (performance.now() - from) / 1_000;
  return {
    firstByteMs: rounded(firstByteMs),
    rowsPerSecond: Math.round(count / wholeSeconds),
    megabytesPerSecond: rounded(bytes / wholeSeconds / 1_048_576),
  };
}
