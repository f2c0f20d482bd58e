import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type {
  AuditEventView,
  RevokePreviewView,
  SessionSearchView,
} from '../../src/admin/index.js';
import type { SessionView } from '../../src/index.js';
import { revoke } from '../support/admin-jobs.js';
import { startAdminApp, type AdminApp } from '../support/admin-app.js';
import { Browser, type Answer } from '../support/browser.js';
import { aLogin } from '../support/core-under-test.js';
import { DRIVERS, openStore, type OpenedStore } from '../support/stores.js';

type List<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAAAAA';
const JSON_TYPE = { 'content-type': 'application/json' };
const ROUTES = [
  ['GET', '/admin/sessions'],
  ['GET', '/admin/users/alice/sessions'],
  ['GET', '/admin/audit'],
  ['GET', '/admin/audit/histogram'],
  ['GET', '/admin/audit/export'],
  ['GET', '/admin/overview'],
  ['GET', '/admin/events'],
  ['GET', '/admin/jobs/AAAAAAAAAAAAAAAAAAAAAAAA'],
  ['GET', `/admin/sessions/${UNKNOWN_ID}`],
  ['GET', '/admin/users/alice/block'],
  ['DELETE', `/admin/sessions/${UNKNOWN_ID}`],
  ['DELETE', '/admin/users/alice/sessions'],
  ['POST', '/admin/sessions/revoke'],
  ['POST', '/admin/users/alice/block'],
  ['DELETE', '/admin/users/alice/block'],
  ['POST', '/admin/sessions/revoke-everything'],
  ['POST', '/admin/audit/verify'],
] as const;
const CHANGING_ROUTES = ROUTES.filter(([method]) => method !== 'GET');

const send = (browser: Browser, method: string, path: string, init: RequestInit = {}) =>
  browser[method.toLowerCase() as 'get' | 'post' | 'delete'](path, init);

const post = (browser: Browser, path: string, body: unknown): Promise<Answer> =>
  browser.post(path, { headers: JSON_TYPE, body: JSON.stringify(body) });

const usersOf = (answer: Answer): (string | null)[] =>
  answer.json<List<SessionView>>().items.map(({ userId }) => userId);

const idOf = async (browser: Browser): Promise<string> =>
  (await browser.get('/session')).json<SessionView>().id;

describe.each(DRIVERS)('the API of operators, with sessions in %s,', (driver) => {
  let opened: OpenedStore;
  let sut: AdminApp;
  let operator: Browser;

  beforeEach(async () => {
    opened = await openStore(driver);
    sut = await startAdminApp(opened);
    operator = await sut.signIn('operator');
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  const auditOf = async (query: string, browser = operator): Promise<readonly AuditEventView[]> =>
    (await browser.get(`/admin/audit?${query}`)).json<List<AuditEventView>>().items;

  describe('its door', () => {
    it.each(ROUTES)('refuses a stranger at %s %s', async (method, path) => {
      const answer = await send(new Browser(sut.url), method, path);

      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ code: 'SESSION_REQUIRED' });
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    it.each(ROUTES)('refuses an ordinary user at %s %s', async (method, path) => {
      const answer = await send(await sut.signIn('alice'), method, path);

      expect(answer.status).toBe(403);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    it('records whom it refused, once a session and minute', async () => {
      const [alice, bob] = [await sut.signIn('alice'), await sut.signIn('bob')];
      const aliceId = await idOf(alice);

      await alice.get('/admin/sessions');
      await alice.get('/admin/audit');
      await bob.get('/admin/sessions');

      const refused = await auditOf('type=admin.access_denied&outcome=failure');
      expect(new Set(refused.map(({ userId }) => userId))).toEqual(new Set(['alice', 'bob']));
      expect(await auditOf('type=admin.access_denied&userId=alice')).toMatchObject([
        {
          initiator: 'user',
          sessionId: aliceId,
          details: { method: 'GET', path: '/admin/sessions' },
        },
      ]);
    });

    it.each(CHANGING_ROUTES)('refuses %s %s from another site', async (method, path) => {
      const alice = await sut.signIn('alice');
      const headers = { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' };
      const body = JSON.stringify({ filter: { userId: 'alice' } });

      const answer = await send(operator, method, path, { headers, body });

      expect(answer.status).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'CSRF_REJECTED' });
      expect((await alice.get('/guarded')).status).toBe(200);
    });

    it('lets an operator read from another site', async () => {
      const headers = { 'sec-fetch-site': 'cross-site' };

      const answer = await operator.get('/admin/sessions', { headers });

      expect(answer.status).toBe(200);
    });
  });

  describe('its list', () => {
    it('has the sessions of all users, newest first, one’s own marked, and no token', async () => {
      const alice = await sut.signIn('alice');
      await sut.signIn('bob', 'acme');

      const answer = await operator.get('/admin/sessions');

      const { items, nextCursor, examined } = answer.json<SessionSearchView>();
      expect(new Set(items.map(({ userId }) => userId))).toEqual(
        new Set(['bob', 'alice', 'operator']),
      );
      const times = items.map(({ createdAt }) => Date.parse(createdAt));
      expect(times).toEqual([...times].sort((left, right) => right - left));
      expect(items.filter(({ current }) => current).map(({ userId }) => userId)).toEqual([
        'operator',
      ]);
      expect({ nextCursor, examined }).toEqual({ nextCursor: null, examined: 3 });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(Object.keys(items[0]!).sort()).toEqual([
        'authenticatedAt',
        'createdAt',
        'current',
        'device',
        'expiresAt',
        'id',
        'impersonatorId',
        'lastSeenAt',
        'methods',
        'tenantId',
        'userId',
      ]);
      const [, secret] = decodeURIComponent([...alice.cookies.values()][0]!).split(':');
      expect(answer.text).not.toContain(secret!.slice(24, 72));
    });

    it('is narrowed by user, tenant and address', async () => {
      await sut.signIn('alice');
      await sut.signIn('alice', 'acme');
      await sut.signIn('bob', 'acme');
      const list = async (query: string) =>
        usersOf(await operator.get(`/admin/sessions?${query}`))
          .map(String)
          .sort();

      expect(await list('userId=alice')).toEqual(['alice']);
      expect(await list('userId=alice&tenantId=acme')).toEqual(['alice']);
      expect(await list('userId=alice&tenantId=other')).toEqual([]);
      expect(await list('tenantId=acme')).toEqual(['alice', 'bob']);
      expect(await list('tenantId=')).toEqual(['alice', 'operator']);
      expect(await list('ip=127.0.0.1')).toHaveLength(4);
      expect(await list('ip=192.0.2.7')).toEqual([]);
    });

    it.each(['created', 'lastSeen'])('is narrowed by when a session was %s', async (name) => {
      await sut.signIn('alice');
      const [newest] = (await operator.get('/admin/sessions')).json<SessionSearchView>().items;
      const { createdAt } = newest!;
      const after = Date.parse(createdAt) + 1;
      const list = async (query: string) => usersOf(await operator.get(`/admin/sessions?${query}`));

      expect(await list(`${name}From=${createdAt}`)).toContain('alice');
      expect(await list(`${name}From=${after}&userId=alice`)).toEqual([]);
      expect(await list(`${name}Before=${createdAt}`)).not.toContain('alice');
      expect(await list(`${name}Before=${after}`)).toContain('alice');
      expect(await list(`${name}Before=2020-01-01`)).toEqual([]);
    });

    it('has nobody’s session that has ended', async () => {
      const alice = await sut.signIn('alice');
      await alice.post('/logout');

      const answer = await operator.get('/admin/sessions');

      expect(usersOf(answer)).toEqual(['operator']);
    });

    it.each([1, 7, 200])('gives 250 sessions in pages of %d, each once', async (limit) => {
      const logins = Array.from({ length: 249 }, (_, index) =>
        sut.core.lifecycle.login(aLogin({ userId: `user-${index}` })),
      );
      const expected = (await Promise.all(logins)).map(({ session }) => session.id);

      const { ids, pages } = await readAll('/admin/sessions', limit);

      expect(ids).toHaveLength(250);
      expect(ids.sort()).toEqual([...expected, await idOf(operator)].sort());
      expect(pages).toBeLessThanOrEqual(Math.ceil(250 / limit) + 1);
    });

    it.each([1, 7, 200])('gives 250 sessions of one user in pages of %d', async (limit) => {
      const logins = Array.from({ length: 250 }, () =>
        sut.core.lifecycle.login(aLogin({ userId: 'alice' })),
      );
      const expected = (await Promise.all(logins)).map(({ session }) => session.id);

      const { ids } = await readAll('/admin/users/alice/sessions', limit);

      expect(ids.sort()).toEqual([...expected].sort());
    });

    async function readAll(path: string, limit: number): Promise<{ ids: string[]; pages: number }> {
      const ids: string[] = [];
      let pages = 0;
      for (let query = `limit=${limit}`; query !== ''; pages += 1) {
        const page = (await operator.get(`${path}?${query}`)).json<List<SessionView>>();
        expect(page.items.length).toBeLessThanOrEqual(limit);
        ids.push(...page.items.map(({ id }) => id));
        query = page.nextCursor === null ? '' : `limit=${limit}&cursor=${page.nextCursor}`;
      }
      return { ids, pages };
    }
  });

  describe('of one user', () => {
    it('lists the sessions, and those of another tenant’s user of the same id apart', async () => {
      await sut.signIn('alice');
      await sut.signIn('alice');
      await sut.signIn('alice', 'acme');

      const plain = await operator.get('/admin/users/alice/sessions');
      const acme = await operator.get('/admin/users/alice/sessions?tenantId=acme');
      const nobody = await operator.get('/admin/users/nobody/sessions');

      expect(plain.json<List<SessionView>>().items.map(({ tenantId }) => tenantId)).toEqual([
        '',
        '',
      ]);
      expect(acme.json<List<SessionView>>().items).toMatchObject([
        { userId: 'alice', tenantId: 'acme', current: false },
      ]);
      expect(nobody.json()).toEqual({ items: [], nextCursor: null });
    });

    it.each(['a/b', 'Ωμέγα', '👩‍💻', '100%', 'a b+c&d', 'x'.repeat(255)])(
      'takes the id %j in the path',
      async (userId) => {
        await sut.signIn(userId);
        const path = `/admin/users/${encodeURIComponent(userId)}/sessions`;

        const listed = await operator.get(path);
        const ended = await operator.delete(path);

        expect(usersOf(listed)).toEqual([userId]);
        expect(ended.json()).toEqual({ ended: 1 });
      },
    );

    it('ends all of the user’s sessions and no other', async () => {
      const browsers = [await sut.signIn('alice'), await sut.signIn('alice')];
      const others = [await sut.signIn('alice', 'acme'), await sut.signIn('bob')];

      const answer = await operator.delete('/admin/users/alice/sessions?reason=left-company');
      const again = await operator.delete('/admin/users/alice/sessions');

      expect(answer.json()).toEqual({ ended: 2 });
      expect(again.json()).toEqual({ ended: 0 });
      for (const browser of browsers)
        expect((await browser.get('/guarded')).json()).toMatchObject({
          code: 'SESSION_REVOKED',
          reason: 'left-company',
        });
      for (const browser of others) expect((await browser.get('/guarded')).status).toBe(200);
    });

    it('refuses logins until the block is over or lifted', async () => {
      const alice = await sut.signIn('alice');
      const until = new Date(Date.now() + 3_600_000).toISOString();

      const blocked = await post(operator, '/admin/users/alice/block', { until });
      const refused = await new Browser(sut.url).post('/login?user=alice');
      const lifted = await post(operator, '/admin/users/alice/block', { until: 0 });
      const allowed = await new Browser(sut.url).post('/login?user=alice');

      expect([blocked.status, lifted.status, allowed.status]).toEqual([204, 204, 201]);
      expect(refused.json()).toMatchObject({ code: 'SESSION_USER_BLOCKED' });
      expect((await alice.get('/guarded')).status).toBe(200);
      expect(await auditOf('type=user.blocked&userId=alice')).toHaveLength(2);
    });
  });

  describe('ending one session', () => {
    it('refuses it from the next request on, and tells its holder why', async () => {
      const alice = await sut.signIn('alice');

      const answer = await operator.delete(`/admin/sessions/${await idOf(alice)}`, {
        headers: JSON_TYPE,
        body: JSON.stringify({ reason: 'stolen-device' }),
      });

      expect([answer.status, answer.text]).toEqual([204, '']);
      expect((await alice.get('/guarded')).json()).toMatchObject({
        statusCode: 401,
        code: 'SESSION_REVOKED',
        reason: 'stolen-device',
      });
    });

    it('gives a reason of its own where the operator gives none', async () => {
      const alice = await sut.signIn('alice');

      await operator.delete(`/admin/sessions/${await idOf(alice)}`);

      expect((await alice.get('/guarded')).json()).toMatchObject({ reason: 'ended-by-admin' });
    });

    it('may be the operator’s own', async () => {
      const answer = await operator.delete(`/admin/sessions/${await idOf(operator)}`);

      expect(answer.status).toBe(204);
      expect((await operator.get('/admin/sessions')).status).toBe(401);
    });

    it('answers alike for what is malformed, unknown, ended and out of scope', async () => {
      const acmeOperator = await sut.signIn('operator', 'acme');
      const [alice, bob] = [await sut.signIn('alice', 'acme'), await sut.signIn('bob')];
      const [ended, outOfScope] = [await idOf(alice), await idOf(bob)];
      await alice.post('/logout');
      const ids = [
        'short',
        `${UNKNOWN_ID}A`,
        '%00%F0%9F%98%80',
        UNKNOWN_ID,
        '_'.repeat(24),
        ended,
        outOfScope,
      ];

      const answers = await Promise.all(
        ids.map((id) => acmeOperator.delete(`/admin/sessions/${id}`)),
      );

      expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 404));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers[0]!.json()).toMatchObject({ code: 'SESSION_NOT_FOUND' });
      expect((await bob.get('/guarded')).status).toBe(200);
    });
  });

  describe('ending by filter', () => {
    it('counts in a dry run and ends nothing', async () => {
      const alice = await sut.signIn('alice', 'acme');
      await sut.signIn('bob', 'acme');

      const answer = await post(operator, '/admin/sessions/revoke', {
        filter: { tenantId: 'acme' },
        dryRun: true,
      });

      expect(answer.status).toBe(200);
      expect(answer.json<RevokePreviewView>()).toEqual({
        matched: 2,
        complete: true,
        before: expect.stringMatching(/Z$/),
        dryRun: true,
      });
      expect((await alice.get('/guarded')).status).toBe(200);
    });

    it('ends what matches, over many pages', async () => {
      const bob = await sut.signIn('bob');
      await Promise.all(
        Array.from({ length: 250 }, (_, index) =>
          sut.core.lifecycle.login(aLogin({ userId: `user-${index}`, tenantId: 'acme' })),
        ),
      );

      const job = await revoke(operator, { filter: { tenantId: 'acme' }, reason: 'incident' });

      expect(job).toMatchObject({ state: 'done', matched: 250, ended: 250 });
      expect(usersOf(await operator.get('/admin/sessions?tenantId=acme'))).toEqual([]);
      expect((await bob.get('/guarded')).status).toBe(200);
    });

    it('spares the operator’s own session', async () => {
      const elsewhere = await sut.signIn('operator');
      const alice = await sut.signIn('alice');

      const job = await revoke(operator, { filter: { createdFrom: 0 } });

      expect(job).toMatchObject({ state: 'done', matched: 2, ended: 2 });
      expect((await operator.get('/admin/sessions')).status).toBe(200);
      for (const browser of [elsewhere, alice])
        expect((await browser.get('/guarded')).status).toBe(401);
    });

    it('ends the sessions of one user by address', async () => {
      const [alice, bob] = [await sut.signIn('alice'), await sut.signIn('bob')];

      await revoke(operator, { filter: { userId: 'alice', ip: '127.0.0.0/8' } });

      expect((await alice.get('/guarded')).status).toBe(401);
      expect((await bob.get('/guarded')).status).toBe(200);
    });
  });

  describe('to an operator of one tenant', () => {
    let acmeOperator: Browser;
    let inside: Browser;
    let outside: Browser;

    beforeEach(async () => {
      acmeOperator = await sut.signIn('operator', 'acme');
      inside = await sut.signIn('alice', 'acme');
      outside = await sut.signIn('alice', 'other');
      await sut.signIn('alice');
      await new Browser(sut.url).post('/data?colour=red');
    });

    const tenantsOf = (answer: Answer): Set<string> =>
      new Set(answer.json<List<SessionView>>().items.map(({ tenantId }) => tenantId));

    it('shows that tenant’s sessions only', async () => {
      const all = await acmeOperator.get('/admin/sessions');
      const ofUser = await acmeOperator.get('/admin/users/alice/sessions');

      expect(all.json<SessionSearchView>().items).toHaveLength(2);
      expect(tenantsOf(all)).toEqual(new Set(['acme']));
      expect(ofUser.json<List<SessionView>>().items).toHaveLength(1);
      expect(tenantsOf(ofUser)).toEqual(new Set(['acme']));
    });

    it('answers for another tenant as for one that does not exist', async () => {
      for (const tenantId of ['other', 'nonexistent', '']) {
        const list = await acmeOperator.get(`/admin/sessions?tenantId=${tenantId}`);
        const user = await acmeOperator.get(`/admin/users/alice/sessions?tenantId=${tenantId}`);
        const audit = await acmeOperator.get(`/admin/audit?tenantId=${tenantId}`);
        const endAll = await acmeOperator.delete(
          `/admin/users/alice/sessions?tenantId=${tenantId}`,
        );
        const endSome = await revoke(acmeOperator, { filter: { tenantId, userId: 'alice' } });
        const block = await post(acmeOperator, '/admin/users/alice/block', {
          until: Date.now() + 60_000,
          tenantId,
        });

        expect(list.json()).toEqual({ items: [], nextCursor: null, examined: 0 });
        expect(user.json()).toEqual({ items: [], nextCursor: null });
        expect(audit.json()).toEqual({ items: [], nextCursor: null });
        expect(endAll.json()).toEqual({ ended: 0 });
        expect(endSome).toMatchObject({ state: 'done', matched: 0, ended: 0 });
        expect(block.json()).toMatchObject({ statusCode: 404, code: 'SESSION_NOT_FOUND' });
      }
      await sut.signIn('alice', 'other');
    });

    it('keeps every change inside the tenant', async () => {
      await acmeOperator.delete('/admin/users/alice/sessions');
      await revoke(acmeOperator, { filter: { createdFrom: 0 } });

      expect((await inside.get('/guarded')).status).toBe(401);
      expect((await outside.get('/guarded')).status).toBe(200);
      expect((await operator.get('/guarded')).status).toBe(200);
    });

    it('shows that tenant’s audit only', async () => {
      const events = await auditOf('limit=200', acmeOperator);

      expect(events.length).toBeGreaterThan(0);
      expect(new Set(events.map(({ tenantId }) => tenantId))).toEqual(new Set(['acme']));
    });
  });

  describe('its audit', () => {
    it('tells who ended what, from where and why', async () => {
      const alice = await sut.signIn('alice');
      const sessionId = await idOf(alice);

      await operator.delete(`/admin/sessions/${sessionId}?reason=stolen-device`, {
        headers: { 'x-request-id': 'request-7', 'user-agent': 'console' },
      });

      const [event] = await auditOf(`sessionId=${sessionId}&type=session.revoked&initiator=admin`);
      expect(event).toMatchObject({
        type: 'session.revoked',
        initiator: 'admin',
        actorId: 'operator',
        userId: 'alice',
        tenantId: '',
        reason: 'stolen-device',
        requestId: 'request-7',
        ip: '127.0.0.1',
        userAgent: 'console',
        outcome: 'success',
        details: null,
      });
      expect(new Date(event!.occurredAt).toISOString()).toBe(event!.occurredAt);
      expect(new Date(event!.recordedAt).toISOString()).toBe(event!.recordedAt);
    });

    it('names the operator in every kind of act', async () => {
      for (const userId of ['alice', 'bob', 'carol', 'dave']) await sut.signIn(userId);

      await operator.delete('/admin/users/alice/sessions');
      await revoke(operator, { filter: { userId: 'bob' } });
      await post(operator, '/admin/users/carol/block', { until: '2999-01-01' });

      const acts = await auditOf('initiator=admin');
      expect(
        acts.map(({ type, userId, actorId }) => [type, userId, actorId].join(' ')).sort(),
      ).toEqual([
        'session.revoked alice operator',
        'session.revoked bob operator',
        'user.blocked carol operator',
      ]);
    });

    it('takes several types and a range, and gives pages', async () => {
      const alice = await sut.signIn('alice');
      await alice.post('/logout');
      const types = 'type=session.created&type=session.revoked';

      const first = (await operator.get(`/admin/audit?${types}&limit=2`)).json<
        List<AuditEventView>
      >();
      const second = (
        await operator.get(`/admin/audit?${types}&limit=2&cursor=${first.nextCursor}`)
      ).json<List<AuditEventView>>();

      expect([...first.items, ...second.items].map(({ type }) => type).sort()).toEqual([
        'session.created',
        'session.created',
        'session.revoked',
      ]);
      expect(second.nextCursor).toBeNull();
      expect(await auditOf('to=2020-01-01')).toEqual([]);
    });
  });

  it.each(['/admin/sessions', '/admin/users/alice/sessions'])(
    'refuses a cursor that %s never gave',
    async (path) => {
      const cursors = ['', 'nonsense', 'x'.repeat(600), Buffer.from('1.2').toString('base64url')];

      const answers = await Promise.all(
        cursors.map((cursor) => operator.get(`${path}?cursor=${cursor}`)),
      );

      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      expect(answers.map(({ text }) => text)).toEqual(
        cursors.map(() => expect.stringContaining('Parameter \\"cursor\\"') as unknown),
      );
    },
  );
});
