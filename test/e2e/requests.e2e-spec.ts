import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { HTTP_SETUPS } from '../support/middlewares.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { openStore, type OpenedStore } from '../support/stores.js';

const ALICE = { tenantId: '', userId: 'alice' };

describe.each(HTTP_SETUPS)('a request, with sessions in %s under %s,', (driver, middleware) => {
  let clock: FakeClock;
  let opened: OpenedStore;
  let sut: SessionApp;
  let browser: Browser;

  beforeEach(async () => {
    clock = new FakeClock();
    opened = await openStore(driver);
    sut = await startSessionApp({ store: opened.store, clock, middleware });
    browser = new Browser(sut.url);
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  it('gets no session and no cookie while it writes nothing', async () => {
    const answer = await browser.get('/data');

    expect(answer.json()).toEqual({});
    expect(answer.setCookie).toBeUndefined();
  });

  it('gets a session and a cookie with its first write', async () => {
    const written = await browser.post('/data?colour=red');
    const read = await browser.get('/data');

    expect(written.setCookie).toMatch(/^s%3A/);
    expect(read.json()).toEqual({ colour: 'red' });
    expect(read.setCookie).toBeUndefined();
  });

  it('is given another session and token at login, and keeps its data', async () => {
    await browser.post('/data?colour=red');
    const anonymous = browser.copy();

    const login = await browser.post('/login?user=alice');

    expect(login.status).toBe(201);
    expect(login.json()).toMatchObject({ data: { colour: 'red', sameObject: true } });
    expect(browser.cookies).not.toEqual(anonymous.cookies);
    expect((await browser.get('/guarded')).json()).toEqual({ colour: 'red' });
    const late = await anonymous.get('/guarded');
    expect(late.status).toBe(401);
    expect(late.setCookie).toBeUndefined();
  });

  it('is refused once the session is ended elsewhere, and told why', async () => {
    const other = new Browser(sut.url);
    await browser.post('/login?user=alice');
    const { id } = (await other.post('/login?user=alice')).json<{ id: string }>();

    const ended = await browser.delete(`/sessions/${id}`);
    const refused = await other.get('/guarded');

    expect(ended.status).toBe(204);
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'ended-by-user' });
    expect(refused.setCookie).toBeUndefined();
  });

  it('leaves nothing behind after logout', async () => {
    await browser.post('/login?user=alice');
    const before = browser.copy();

    const logout = await browser.post('/logout');

    expect(logout.setCookie).toBe('');
    expect((await browser.get('/guarded')).json()).toMatchObject({ code: 'SESSION_REQUIRED' });
    expect((await before.get('/guarded')).json()).toMatchObject({
      code: 'SESSION_REVOKED',
      reason: 'logout',
    });
    expect((await sut.sessions.list(ALICE, { limit: 10 })).items).toEqual([]);
  });

  it('may write to the empty session that follows a logout, and then holds an anonymous one', async () => {
    await browser.post('/login?user=alice');

    const logout = await browser.post('/logout?message=bye');

    expect(logout.setCookie).toMatch(/^s%3A/);
    expect((await browser.get('/data')).json()).toEqual({ message: 'bye' });
    expect((await browser.get('/guarded')).status).toBe(401);
  });

  it('adds its keys to what parallel requests add', async () => {
    await browser.post('/login?user=alice');

    const writes = Array.from({ length: 20 }, (_, index) => browser.post(`/data?key${index}=x`));
    await Promise.all(writes);

    const data = (await browser.get('/data')).json();
    expect(Object.keys(data)).toHaveLength(20);
  });

  it('removes a key that the handler deleted', async () => {
    await browser.post('/data?colour=red&size=xl');

    await browser.post('/data/colour/removal');

    expect((await browser.get('/data')).json()).toEqual({ size: 'xl' });
  });

  it('cannot bring a session back that ended while it was under way', async () => {
    const { id } = (await browser.post('/login?user=alice')).json<{ id: string }>();
    const slow = browser.post('/data/late?colour=red');
    await sut.gate.arrived(1);

    await sut.sessions.revokeAll(ALICE, { reason: 'ended-by-admin' });
    sut.gate.open();
    const answer = await slow;

    expect(answer.setCookie).toBeUndefined();
    expect((await browser.get('/guarded')).json()).toMatchObject({ reason: 'ended-by-admin' });
    expect((await sut.sessions.list(ALICE, { limit: 10 })).items).toEqual([]);
    expect(await sut.sessions.get(id as never)).toBeUndefined();
  });

  it('is told when it saves by hand to a session that has ended meanwhile', async () => {
    await browser.post('/login?user=alice');
    const slow = browser.post('/save/late?colour=red');
    await sut.gate.arrived(1);

    await sut.sessions.revokeAll(ALICE, { reason: 'ended-by-admin' });
    sut.gate.open();

    expect((await slow).json()).toMatchObject({ code: 'SESSION_REVOKED' });
  });

  it('finds its own writes after save, and what others wrote after reload', async () => {
    await browser.post('/data?colour=red');

    const saved = await browser.post('/save?size=xl');
    const reload = browser.post('/reload');
    await sut.gate.arrived(1);
    await browser.post('/data?colour=blue');
    sut.gate.open();

    expect(saved.status).toBe(201);
    expect((await reload).json()).toEqual({ colour: 'blue', size: 'xl' });
  });

  it('waits for a save that the handler did not wait for', async () => {
    const answer = await browser.post('/save/unawaited?colour=red');

    expect(answer.setCookie).toMatch(/^s%3A/);
    expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
  });

  it('goes on with an empty session after regenerate', async () => {
    await browser.post('/login?user=alice');
    const before = browser.copy();

    const answer = await browser.post('/regenerate?colour=red');

    expect(answer.setCookie).toMatch(/^s%3A/);
    expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    expect((await before.get('/guarded')).json()).toMatchObject({ reason: 'regenerated' });
  });

  it('has no session and no cookie after destroy', async () => {
    await browser.post('/login?user=alice');

    const answer = await browser.post('/destroy');

    expect(answer.text).toBe('undefined');
    expect(answer.setCookie).toBe('');
    expect((await sut.sessions.list(ALICE, { limit: 10 })).items).toEqual([]);
  });

  it('is sent a lasting cookie where the application asks for one, also by a rotation', async () => {
    const first = await browser.post('/remember?colour=red');
    const login = await browser.post('/login?user=alice');

    const maxAge = /Max-Age=(3600|3599)\b/;
    expect(first.headers.getSetCookie().join()).toMatch(maxAge);
    expect(login.headers.getSetCookie().join()).toMatch(maxAge);
    expect((await browser.get('/data')).setCookie).toBeUndefined();
  });

  it('gets its cookie with the headers of a streamed answer, and its data stored at the end', async () => {
    const answer = await browser.post('/stream?colour=red');

    expect(answer.text).toBe('first,last');
    expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
  });

  it('re-authenticates under the same session id with a new token', async () => {
    const { id } = (await browser.post('/login?user=alice')).json<{ id: string }>();
    const before = browser.copy();

    await browser.post('/reauthenticate');
    const [session] = (await sut.sessions.list(ALICE, { limit: 10 })).items;

    expect(session).toMatchObject({ id, methods: ['pwd', 'otp'] });
    expect((await browser.get('/guarded')).status).toBe(200);
    const late = await before.get('/guarded');
    expect(late.status).toBe(401);
    expect(late.setCookie).toBeUndefined();
    expect((await browser.get('/guarded')).status).toBe(200);
  });

  it('is refused where a recent proof of identity is needed', async () => {
    await browser.post('/login?user=alice');
    clock.advance('9m');
    const inTime = await browser.get('/fresh');

    clock.advance('1m');
    const tooLate = await browser.get('/fresh');

    expect(inTime.status).toBe(200);
    expect(tooLate.status).toBe(403);
    expect(tooLate.json()).toMatchObject({ code: 'SESSION_NOT_FRESH' });
  });

  it('carries nothing over to another user, and ends the first session', async () => {
    await browser.post('/login?user=alice');
    await browser.post('/data?secret=of-alice');
    const before = browser.copy();

    await browser.post('/login?user=bob');

    expect((await browser.get('/guarded')).json()).toEqual({});
    expect((await before.get('/guarded')).json()).toMatchObject({ code: 'SESSION_REVOKED' });
  });
});
