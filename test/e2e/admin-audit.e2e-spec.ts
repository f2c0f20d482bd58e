import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SessionAdminModule } from '../../src/admin/index.js';
import type {
  AuditEventView,
  AuditHistogramView,
  OverviewView,
  VerifyJobView,
} from '../../src/admin/index.js';
import { auditEntities, auditMigrations, SessionAuditModule } from '../../src/audit/index.js';
import type { OwnEventView } from '../../src/audit/index.js';
import { memoryStore } from '../../src/index.js';
import { AuditService } from '../../src/audit/index.js';
import { ADMIN_OPTIONS, signIn } from '../support/admin-app.js';
import { overJob, postJson } from '../support/admin-jobs.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { openDatabase, type TestDatabase } from '../support/servers.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

const KEY = { keyId: 'k1', key: 'a key of thirty-two bytes at least' };
type List<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

describe.each(['sqlite', 'postgres', 'mariadb'] as const)(
  'the audit to operators, on %s,',
  (kind) => {
    let database: TestDatabase;
    let sut: SessionApp;
    let operator: Browser;
    let acme: Browser;

    beforeEach(async () => {
      database = await openDatabase(kind, { entities: auditEntities, migrations: auditMigrations });
      await database.dataSource.runMigrations();
      sut = await startSessionApp(
        { store: memoryStore(), adminIndex: true },
        {
          imports: [
            SessionAuditModule.forRoot({
              dataSource: database.dataSource,
              keys: [KEY],
              selfService: true,
            }),
            SessionAdminModule.forRoot(ADMIN_OPTIONS),
          ],
        },
      );
      operator = await signIn(sut.url, 'operator');
      acme = await signIn(sut.url, 'operator', 'acme');
    });

    afterEach(async () => {
      await sut.close();
      await database.close();
    });

    const delivered = (): Promise<void> =>
      eventually(async () => (await sut.app.get(AuditService).health()).waiting === 0);

    const inOut = async (userId: string, tenantId = ''): Promise<void> => {
      const browser = await signIn(sut.url, userId, tenantId);
      await browser.post('/logout');
    };

    it('is counted over time, within the scope', async () => {
      await inOut('alice', 'acme');
      await inOut('bob', 'other');
      await (await signIn(sut.url, 'carol', 'acme')).get('/admin/sessions');
      await delivered();

      const all = (await operator.get('/admin/audit/histogram')).json<AuditHistogramView>();
      const own = (
        await acme.get('/admin/audit/histogram?bucketMs=86400000')
      ).json<AuditHistogramView>();
      const ends = (
        await operator.get('/admin/audit/histogram?type=session.revoked')
      ).json<AuditHistogramView>();
      const elsewhere = (
        await acme.get('/admin/audit/histogram?tenantId=other')
      ).json<AuditHistogramView>();

      expect([all.total, own.total, ends.total, elsewhere.total]).toEqual([8, 5, 2, 0]);
      expect(own.buckets.reduce((sum, { failures }) => sum + failures, 0)).toBe(1);
      expect(all.bucketMs).toBe(15 * 60_000);
      for (const { from } of all.buckets) expect(Date.parse(from) % all.bucketMs).toBe(0);
    });

    it('is exported as CSV and JSON Lines, within the scope', async () => {
      await inOut('alice', 'acme');
      await inOut('bob', 'other');
      await delivered();

      const lines = await acme.get('/admin/audit/export');
      const csv = await acme.get('/admin/audit/export?format=csv&type=session.created');
      const nothing = await acme.get('/admin/audit/export?tenantId=other');

      const events = lines.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditEventView);
      expect(events.map(({ userId, type }) => `${userId} ${type}`)).toEqual([
        'operator session.created',
        'alice session.created',
        'alice session.revoked',
      ]);
      expect(csv.text.trim().split('\r\n')).toHaveLength(3);
      expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
      expect(csv.headers.get('cache-control')).toBe('no-store');
      expect(nothing.text).toBe('');
    });

    it('is verified as a job, whose result the overview shows', async () => {
      await inOut('alice');
      await delivered();

      const job = await overJob<VerifyJobView>(
        operator,
        await postJson(operator, '/admin/audit/verify', {}),
      );

      expect(job).toMatchObject({
        kind: 'verify-audit',
        state: 'done',
        progress: { done: 4, total: 4 },
        result: { valid: true, rows: 4, findings: [], findingCount: 0 },
      });
      const overview = (await operator.get('/admin/overview')).json<OverviewView>();
      expect(overview.health!.verification).toEqual(job);
    });

    it('names the broken row', async () => {
      await inOut('alice');
      await delivered();
      const { tableName } = database.dataSource.getMetadata(auditEntities[0] as never);
      await database.dataSource.query(
        `update ${tableName} set reason = 'forged' where type = 'session.revoked'`,
      );
      const [row] = (await operator.get('/admin/audit?type=session.revoked')).json<
        List<AuditEventView>
      >().items;

      const job = await overJob<VerifyJobView>(
        operator,
        await postJson(operator, '/admin/audit/verify', {}),
      );

      expect(job.result).toMatchObject({
        valid: false,
        findings: [{ code: 'changed', eventId: row!.eventId, chain: row!.chain }],
      });
    });

    it('gives the overview sign-ins and endings by hour and reason', async () => {
      await inOut('alice');
      await inOut('bob', 'acme');
      await delivered();

      const all = (await operator.get('/admin/overview')).json<OverviewView>();
      const own = (await acme.get('/admin/overview')).json<OverviewView>();

      const sum = (counts: readonly { readonly count: number }[]): number =>
        counts.reduce((total, { count }) => total + count, 0);
      expect(sum(all.activity!.signIns)).toBe(4);
      expect(all.activity!.endings).toMatchObject([
        { state: 'revoked', reason: 'logout', count: expect.any(Number) },
      ]);
      expect([sum(all.activity!.endings), sum(own.activity!.endings)]).toEqual([2, 1]);
      expect(sum(own.activity!.signIns)).toBe(2);
      expect(all.health!.relay).toMatchObject({ waiting: 0, rejected: 0, lastErrorCode: null });
    });

    it('shows users what happened to sessions of their own, and where no operator sat', async () => {
      const alice = await signIn(sut.url, 'alice');
      await signIn(sut.url, 'alice', 'acme');
      await operator.delete('/admin/users/alice/sessions?reason=stolen-device');
      const again = await signIn(sut.url, 'alice');
      await delivered();

      const own = await again.get('/session/events');
      const stranger = await new Browser(sut.url).get('/session/events');
      const ended = await alice.get('/session/events');

      const { items } = own.json<List<OwnEventView>>();
      expect(items.map(({ type }) => type).sort()).toEqual([
        'session.created',
        'session.created',
        'session.revoked',
      ]);
      expect(items.find(({ type }) => type === 'session.revoked')).toMatchObject({
        initiator: 'admin',
        reason: 'stolen-device',
        ip: null,
        userAgent: null,
      });
      expect(own.text).not.toContain('operator');
      expect(own.headers.get('cache-control')).toBe('no-store');
      expect([stranger.status, ended.status]).toEqual([401, 401]);
    });

    it.each([
      ['histogram?bucketMs=0', 'bucketMs'],
      ['histogram?bucketMs=1000', 'bucketMs'],
      ['histogram?bucketMs=1.5', 'bucketMs'],
      ['histogram?from=2026-02-01&to=2026-01-01', 'from'],
      ['histogram?from=0', 'from'],
      ['histogram?limit=5', 'limit'],
      ['export?format=xml', 'format'],
      ['export?type=invented', 'type'],
      ['export?cursor=x', 'cursor'],
    ])('refuses %s by name', async (path, parameter) => {
      const answer = await operator.get(`/admin/audit/${path}`);

      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'SESSION_INPUT_INVALID', parameter });
    });
  },
);
