import { DataSource } from 'typeorm';
import { SessionAdminModule, type VerifyJobView } from '../../src/admin/index.js';
import { auditEntities, auditMigrations, SessionAuditModule } from '../../src/audit/index.js';
import { memoryStore } from '../../src/index.js';
import { ADMIN_OPTIONS, signIn } from '../support/admin-app.js';
import { overJob, postJson } from '../support/admin-jobs.js';
import type { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { startPrivatePostgres, type PrivateServer } from '../support/private-postgres.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { KEY } from './audit-fixtures.js';

const ROUTES = [
  '/admin/audit',
  '/admin/audit/histogram',
  '/admin/audit/export',
  '/admin/audit/export?format=csv',
  '/session/events',
];
const TIMEOUT_MS = 2_000;

describe('routes that read the audit, while its database', () => {
  let server: PrivateServer;
  let dataSource: DataSource;
  let sut: SessionApp;
  let operator: Browser;

  beforeAll(async () => {
    server = await startPrivatePostgres();
    dataSource = await new DataSource({
      type: 'postgres',
      url: server.url,
      entities: auditEntities,
      migrations: auditMigrations,
      migrationsRun: true,
    }).initialize();
    const audit = SessionAuditModule.forRoot({
      dataSource,
      keys: [KEY],
      selfService: true,
      queryTimeout: TIMEOUT_MS,
    });
    sut = await startSessionApp(
      { store: memoryStore() },
      { imports: [audit, SessionAdminModule.forRoot(ADMIN_OPTIONS)] },
    );
    operator = await signIn(sut.url, 'operator');
  }, 60_000);

  afterAll(async () => {
    await sut.close();
    await dataSource.destroy();
    await server.stop();
  });

  const ask = async (path: string): Promise<readonly [number, unknown]> => {
    const response = await operator.get(path);
    return [response.status, response.status === 200 || response.json()];
  };

  const refused = [503, expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' })];

  it('is there, answer', async () => {
    expect(await Promise.all(ROUTES.map(ask))).toEqual(ROUTES.map(() => [200, true]));
  });

  it('hangs, answer 503 with a code within their bound, and are back when it is', async () => {
    server.pause();
    const from = performance.now();

    const answers = await Promise.all(ROUTES.map(ask));

    const elapsedMs = performance.now() - from;
    server.resume();
    expect(answers).toEqual(ROUTES.map(() => refused));
    expect(elapsedMs).toBeLessThan(5 * TIMEOUT_MS);
    await eventually(async () => (await ask('/admin/audit'))[0] === 200);
  });

  it('is gone, answer 503 with a code, and are back when it is', async () => {
    await server.kill();

    const answers = await Promise.all(ROUTES.map(ask));

    await server.restart();
    expect(answers).toEqual(ROUTES.map(() => refused));
    await eventually(async () => (await ask('/admin/audit'))[0] === 200);
  });

  it('is gone, begin a verification that fails with the same code', async () => {
    await server.kill();

    const begun = await postJson(operator, '/admin/audit/verify', {});
    const job = await overJob<VerifyJobView>(operator, begun);

    await server.restart();
    expect(job).toMatchObject({ state: 'failed', errorCode: 'AUDIT_UNAVAILABLE' });
  });
});
