import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { SessionAdminModule } from '../../src/admin/index.js';
import {
  auditEntities,
  auditMigrations,
  AuditService,
  SessionAuditModule,
} from '../../src/audit/index.js';
import { memoryStore } from '../../src/index.js';
import { ADMIN_SESSION_ROUTES } from '../../src/openapi/admin-session-routes.js';
import { ADMIN_ROUTES } from '../../src/openapi/admin-routes.js';
import { SELF_SERVICE_ROUTES } from '../../src/openapi/self-service-routes.js';
import * as views from '../../src/openapi/view-schemas.js';
import { ADMIN_OPTIONS, signIn } from '../support/admin-app.js';
import { overJob, postJson } from '../support/admin-jobs.js';
import type { Browser } from '../support/browser.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { openDatabase, type TestDatabase } from '../support/servers.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

const ROUTES = [...SELF_SERVICE_ROUTES, ...ADMIN_SESSION_ROUTES, ...ADMIN_ROUTES];

describe('what the API answers', () => {
  let database: TestDatabase;
  let sut: SessionApp;
  let operator: Browser;

  beforeAll(async () => {
    database = await openDatabase('sqlite', {
      entities: auditEntities,
      migrations: auditMigrations,
    });
    await database.dataSource.runMigrations();
    const { dataSource } = database;
    sut = await startSessionApp(
      { store: memoryStore(), adminIndex: true },
      {
        imports: [
          SessionAuditModule.forRoot({ dataSource, selfService: true }),
          SessionAdminModule.forRoot(ADMIN_OPTIONS),
        ],
      },
    );
    operator = await signIn(sut.url, 'operator');
    const alice = await signIn(sut.url, 'alice', 'acme');
    await signIn(sut.url, 'alice', 'acme');
    await alice.post('/logout');
    await postJson(operator, '/admin/users/alice/block', { until: '2999-01-01' });
    await overJob(operator, await postJson(operator, '/admin/audit/verify', {}));
    const audit = sut.app.get(AuditService);
    await eventually(async () => (await audit.health()).waiting === 0);
  });

  afterAll(async () => {
    await sut.close();
    await database.close();
  });

  it.each<[string, z.ZodType]>([
    ['/session', views.deadlines],
    ['/sessions', views.sessionList],
    ['/session/events', views.ownEvents],
    ['/admin/sessions', views.sessionSearch],
    ['/admin/users/alice/sessions?tenantId=acme', views.sessionList],
    ['/admin/users/alice/block', views.block],
    ['/admin/audit', views.auditList],
    ['/admin/audit/histogram', views.histogram],
    ['/admin/overview', views.overview],
  ])('to GET %s is as described', async (path, schema) => {
    const answer = await operator.get(path);

    expect(answer.status).toBe(200);
    expect(schema.parse(answer.json())).toEqual(answer.json());
  });

  it.each<[string, unknown, z.ZodType]>([
    ['sessions/revoke', { filter: { userId: 'nobody' }, dryRun: true }, views.preview],
    ['sessions/revoke', { filter: { userId: 'nobody' } }, views.job],
    ['audit/verify', {}, views.job],
  ])('to POST %s %j is as described', async (path, body, schema) => {
    const answer = await postJson(operator, `/admin/${path}`, body);

    expect(schema.parse(answer.json())).toEqual(answer.json());
  });

  it('in the stream is as described', async () => {
    const stream = await EventStream.open(`${sut.url}/admin/events`, operator);
    await (await signIn(sut.url, 'bob')).post('/logout');
    await postJson(operator, '/admin/users/carol/block', { until: '2999-01-01' });
    await eventually(async () => stream.events.length >= 4);

    for (const { data } of stream.events) expect(views.adminEvent.parse(data)).toEqual(data);
    await stream.close();
  });

  it('is what the examples show', () => {
    for (const { answers } of ROUTES)
      for (const { schema, example } of answers) expect(schema?.parse(example)).toEqual(example);
  });

  it('to the examples of bodies is no complaint', () => {
    for (const { body, bodyExample } of ROUTES)
      if (body) expect(body.safeParse(bodyExample)).toMatchObject({ success: true });
  });
});
