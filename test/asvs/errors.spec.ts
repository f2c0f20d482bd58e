import { SessionStoreUnavailableError } from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { Browser } from '../support/browser.js';
import { startHandlerApp, type HandlerApp } from '../support/handler-app.js';
import { startSessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';
import { WatchedStore } from '../support/watched-store.js';
import { startAsvsApp, statusesOf, type AsvsApp } from './asvs-app.js';

const INTERNALS = /SELECT|10\.0\.0\.5|password|\.ts:|node_modules|at \w+ \(/;

describe('V16.5 failing', () => {
  let store: WatchedStore;
  let sut: AsvsApp;
  let alice: Browser;
  beforeEach(async () => {
    store = new WatchedStore();
    sut = await startAsvsApp({ store: store.store });
    alice = await sut.signIn('alice');
  });
  afterEach(() => sut.close());

  it('V16.5.1 an error that nobody foresaw says nothing of what is inside', async () => {
    const answer = await alice.get('/account/crash');

    expect(answer.json()).toEqual({ statusCode: 500, message: 'Internal server error' });
    expect(sut.log.lines.join('\n')).toContain('SELECT secret FROM accounts');
  });

  it('V16.5.1 a store that fails says nothing of where and what it is', async () => {
    const cause = new Error('connect ECONNREFUSED redis://app:password@10.0.0.5:6379');
    const find = () => Promise.reject(new SessionStoreUnavailableError('find', cause));
    const failing = await startSessionApp({ store: withInstead(memoryStore(), { find }) });
    const browser = new Browser(failing.url);
    await browser.post('/login?user=alice');

    const answer = await browser.get('/guarded');
    await failing.close();

    expect(answer.json()).toMatchObject({ statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' });
    expect(answer.text).not.toMatch(INTERNALS);
  });

  it('V16.5.1 a stranger hears the same of every session that is none of theirs', async () => {
    const { id } = (await alice.get('/session')).json<{ id: string }>();
    const bob = await sut.signIn('bob');

    const answers = [];
    for (const target of [id, 'AAAAAAAAAAAAAAAAAAAAAAAA', "' or 1=1 --", '%00'])
      answers.push(await bob.delete(`/sessions/${encodeURIComponent(target)}`));

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });

  it('V16.5.2 without the store guarded routes are closed, open ones go on, and no cookie moves', async () => {
    store.failNext('find');
    const guarded = await alice.get('/account/page');
    store.failNext('find');
    const open = await alice.get('/account/public');
    const again = await alice.get('/account/page');

    expect(guarded.json()).toMatchObject({ statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' });
    expect([open.status, open.text]).toEqual([200, 'public']);
    expect([guarded.setCookie, open.setCookie]).toEqual([undefined, undefined]);
    expect(again.text).toBe('page');
  });

  it('V16.5.2 without the audit database sessions work, and its events are there afterwards', async () => {
    await sut.events();
    await sut.dataSource.query('ALTER TABLE audit_events RENAME TO audit_events_away');

    const bob = await sut.signIn('bob');
    const states = await statusesOf([alice, bob]);
    await bob.post('/logout');
    await sut.dataSource.query('ALTER TABLE audit_events_away RENAME TO audit_events');

    expect(states).toEqual([200, 200]);
    expect((await sut.events({ userId: 'bob' })).map(({ type }) => type)).toEqual([
      'session.created',
      'session.revoked',
    ]);
  });

  it('V16.5.3 a refusal stands although it could not be recorded', async () => {
    const append = () => Promise.reject(new SessionStoreUnavailableError('append'));
    const failing = await startSessionApp({ store: withInstead(memoryStore(), { append }) });
    const headers = { 'sec-fetch-site': 'cross-site' };

    const answer = await new Browser(failing.url).post('/guarded-by-origin', { headers });
    await failing.close();

    expect(answer.json()).toMatchObject({ code: 'CSRF_REJECTED' });
  });
});

describe('V16.5.3 an answer', () => {
  let sut: HandlerApp;
  beforeEach(async () => {
    sut = await startHandlerApp();
  });
  afterEach(() => sut.close());

  it('V16.5.3 is no success where what the handler wrote was not stored', async () => {
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
    const path = sut.returning((request) => {
      Object.assign(request.session, { paid: true });
      return 'paid';
    });
    sut.store.failNext('save');

    const answer = await browser.post(path);
    const data = await browser.get('/data');

    expect(answer.json()).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    expect(data.json()).not.toHaveProperty('paid');
  });

  it('V16.5.3 brings no session where the login failed halfway', async () => {
    const browser = new Browser(sut.url);
    sut.store.failNext('create');

    const answer = await browser.post('/login?user=alice');

    expect([answer.status, answer.setCookie]).toEqual([503, undefined]);
    expect(await sut.liveSessionsOf('alice')).toBe(0);
    expect((await browser.get('/guarded')).status).toBe(401);
  });

  it('V16.5.3 of a logout is no success where the session did not end', async () => {
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
    sut.store.failNext('revoke');

    const answer = await browser.post('/logout');

    expect([answer.status, answer.setCookie]).toEqual([503, undefined]);
    expect((await browser.get('/guarded')).status).toBe(200);
  });
});
