import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SessionAdminModule } from '../../src/admin/index.js';
import type { AdminEventView, OverviewView, SessionSearchView } from '../../src/admin/index.js';
import { memoryStore, type SessionView } from '../../src/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADMIN_OPTIONS, signIn, startAdminApp, type AdminApp } from '../support/admin-app.js';
import { postJson } from '../support/admin-jobs.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { EventStream } from '../support/event-stream.js';
import { startSessionApp } from '../support/session-app.js';
import { DRIVERS, openStore, type OpenedStore } from '../support/stores.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';

describe.each(DRIVERS)('what operators watch, with sessions in %s,', (driver) => {
  let opened: OpenedStore;
  let sut: AdminApp;
  let operator: Browser;
  const streams: EventStream[] = [];

  beforeEach(async () => {
    opened = await openStore(driver);
    sut = await startAdminApp(opened);
    operator = await sut.signIn('operator');
  });

  afterEach(async () => {
    await Promise.all(streams.splice(0).map((stream) => stream.close()));
    await sut.close();
    await opened.close();
  });

  const signInWith = async (userId: string, userAgent: string, tenant = ''): Promise<Browser> => {
    const browser = new Browser(sut.url);
    const headers = { 'user-agent': userAgent };
    await browser.post(`/login?user=${userId}&tenant=${tenant}`, { headers });
    return browser;
  };

  describe('the overview', () => {
    it('counts live sessions and users, browsers and systems', async () => {
      await signInWith('alice', FIREFOX);
      await signInWith('alice', SAFARI);
      const bob = await signInWith('bob', FIREFOX);
      await bob.post('/logout');

      const overview = (await operator.get('/admin/overview')).json<OverviewView>();

      expect(overview.live).toEqual({ sessions: 3, users: 2 });
      expect(overview.devices).toMatchObject({ sampled: 3, complete: true });
      expect(overview.devices!.browsers).toEqual(
        expect.arrayContaining([
          { name: 'Firefox', count: 1 },
          { name: 'Safari', count: 1 },
        ]),
      );
      expect(overview.devices!.systems).toContainEqual({ name: 'Linux', count: 1 });
      expect(overview.activity).toBeNull();
    });

    it('tells how store, outbox and sweeper are', async () => {
      const { health } = (await operator.get('/admin/overview')).json<OverviewView>();

      expect(health).toMatchObject({
        store: { available: true, description: opened.store.description },
        sweeperLagMs: 0,
        relay: null,
        verification: null,
        factsDropped: 0,
      });
      expect(health!.outbox.entries).toBeGreaterThan(0);
      expect(health!.outbox.oldestAgeMs).toBeGreaterThanOrEqual(0);
    });

    it('counts for an operator of one tenant what is that tenant’s, and tells no more', async () => {
      await sut.signIn('alice', 'acme');
      await sut.signIn('alice', 'other');
      const acme = await sut.signIn('operator', 'acme');

      const overview = (await acme.get('/admin/overview')).json<OverviewView>();

      expect(overview.live).toEqual({ sessions: 2, users: 2 });
      expect(overview.devices!.sampled).toBe(2);
      expect(overview.health).toBeNull();
    });

    it('counts once for all who ask within a few seconds', async () => {
      const first = (await operator.get('/admin/overview')).json<OverviewView>();
      await sut.signIn('alice');

      const second = (await operator.get('/admin/overview')).json<OverviewView>();

      expect(second).toEqual(first);
    });
  });

  describe('the list', () => {
    const found = async (query: string): Promise<string[]> =>
      (await operator.get(`/admin/sessions?${query}`))
        .json<SessionSearchView>()
        .items.map(({ userId }) => `${userId}`);

    it('is narrowed by network, browser, system, method and proof of identity', async () => {
      await signInWith('alice', FIREFOX);
      await signInWith('bob', SAFARI);
      const soon = Date.now() + 60_000;

      expect(await found('ip=127.0.0.0/8')).toHaveLength(3);
      expect(await found('ip=10.0.0.0/8')).toEqual([]);
      expect(await found('ip=2001:db8::/32')).toEqual([]);
      expect(await found('browser=firefox')).toEqual(['alice']);
      expect(await found('system=macOS')).toEqual(['bob']);
      expect(await found('browser=Fire')).toEqual([]);
      expect(await found('method=otp')).toEqual([]);
      expect(await found(`authenticatedBefore=${soon}`)).toHaveLength(3);
      expect(await found(`authenticatedFrom=${soon}`)).toEqual([]);
    });
  });

  describe('the stream', () => {
    const told = (stream: EventStream): AdminEventView[] =>
      stream.events
        .filter(({ event }) => event === 'message')
        .map(({ data }) => data as AdminEventView)
        .filter(({ kind }) => kind === 'session' || kind === 'fact');

    const watch = async (browser: Browser): Promise<EventStream> => {
      const stream = await EventStream.open(`${sut.url}/admin/events`, browser);
      streams.push(stream);
      await eventually(async () => stream.events.length > 0);
      return stream;
    };

    it('tells of sessions that begin and end, once each', async () => {
      const stream = await watch(operator);

      const alice = await sut.signIn('alice');
      await alice.post('/logout');
      await eventually(async () => told(stream).length >= 2);

      expect(told(stream)).toMatchObject([
        { kind: 'session', type: 'session.created', userId: 'alice', tenantId: '', reason: null },
        { kind: 'session', type: 'session.revoked', userId: 'alice', reason: 'logout' },
      ]);
    });

    it('tells an operator of one tenant of that tenant only', async () => {
      const acme = await sut.signIn('operator', 'acme');
      const stream = await watch(acme);

      await sut.signIn('alice', 'other');
      await sut.signIn('bob');
      await postJson(operator, '/admin/users/carol/block', { until: '2999-01-01' });
      await sut.signIn('dora', 'acme');
      await eventually(async () => told(stream).length > 0);

      expect(told(stream).map((event) => 'userId' in event && event.userId)).toEqual(['dora']);
    });

    it('is no activity, and ends with the operator’s session', async () => {
      const before = (await operator.get('/session')).json<SessionView>();
      const stream = await watch(operator);
      const colleague = await sut.signIn('operator2');

      await colleague.delete(`/admin/sessions/${before.id}?reason=left-company`);
      await stream.ended;

      expect(stream.events.at(-1)).toEqual({
        event: 'session-ended',
        data: { state: 'revoked', reason: 'left-company' },
      });
    });
  });
});

describe('what a page asks by itself', () => {
  it('is no activity, and what an operator asks for is', async () => {
    const clock = new FakeClock();
    const sut = await startSessionApp(
      { store: memoryStore(), adminIndex: true, clock },
      { imports: [SessionAdminModule.forRoot(ADMIN_OPTIONS)] },
    );
    const operator = await signIn(sut.url, 'operator');
    const seen = async () => (await operator.get('/session')).json<SessionView>().lastSeenAt;
    const before = await seen();
    clock.advance('10m');

    await operator.get('/admin/overview');
    await operator.get('/admin/jobs/AAAAAAAAAAAAAAAAAAAAAAAA');
    const afterPolling = await seen();
    await operator.get('/admin/sessions');

    expect(afterPolling).toBe(before);
    expect(await seen()).not.toBe(before);
    await sut.close();
  });
});

describe('what another node does', () => {
  it('is told in the stream of this one, and what this one does is told once', async () => {
    const opened = await openStore('redis');
    const sut = await startAdminApp(opened);
    const operator = await sut.signIn('operator');
    const stream = await EventStream.open(`${sut.url}/admin/events`, operator);
    await eventually(async () => stream.events.length > 0);

    await sut.signIn('alice');
    // As another process would: in the store, and not by the core of this one.
    const { createSessionCore } = await import('../../src/core/session-core.js');
    const { aLogin } = await import('../support/core-under-test.js');
    const other = createSessionCore({
      store: opened.store,
      options: sut.core.options,
      listener: { notice: () => {}, outboxGrew: () => {} },
      reportError: () => {},
    });
    await other.lifecycle.login(aLogin({ userId: 'faraway' }));
    await eventually(async () => JSON.stringify(stream.events).includes('faraway'));

    const begun = stream.events
      .map(({ data }) => data as AdminEventView)
      .filter((view) => view.kind === 'session' && view.type === 'session.created');
    const users = begun.map((view) => 'userId' in view && view.userId);
    expect(users).toHaveLength(2);
    expect(new Set(users)).toEqual(new Set(['alice', 'faraway']));
    await stream.close();
    await sut.close();
    await opened.close();
  });
});
