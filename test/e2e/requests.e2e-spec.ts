import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

describe('a request', () => {
  let sut: SessionApp;

  beforeEach(async () => {
    sut = await startSessionApp();
  });

  afterEach(() => sut.close());

  it('gets no session and no cookie while it writes nothing', async () => {
    const browser = new Browser(sut.url);

    const answer = await browser.get('/data');

    expect(answer.json()).toEqual({});
    expect(answer.setCookie).toBeUndefined();
  });

  it('gets a session and a cookie with its first write', async () => {
    const browser = new Browser(sut.url);

    const written = await browser.post('/data?colour=red');
    const read = await browser.get('/data');

    expect(written.setCookie).toMatch(/^s%3A/);
    expect(read.json()).toEqual({ colour: 'red' });
    expect(read.setCookie).toBeUndefined();
  });

  it('is given another session and token at login, and keeps its data', async () => {
    const browser = new Browser(sut.url);
    await browser.post('/data?colour=red');
    const anonymous = browser.copy();

    const login = await browser.post('/login?user=alice');

    expect(login.status).toBe(201);
    expect(browser.cookies).not.toEqual(anonymous.cookies);
    expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    const late = await anonymous.get('/sessions');
    expect(late.status).toBe(401);
    expect(late.setCookie).toBeUndefined();
  });

  it('is refused once the session is ended elsewhere, and told why', async () => {
    const [here, there] = [new Browser(sut.url), new Browser(sut.url)];
    await here.post('/login?user=alice');
    const { id } = (await there.post('/login?user=alice')).json<{ id: string }>();

    const ended = await here.delete(`/sessions/${id}`);
    const refused = await there.get('/sessions');

    expect(ended.status).toBe(204);
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'ended-by-user' });
    expect(refused.setCookie).toBeUndefined();
  });

  it('leaves nothing behind after logout', async () => {
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
    const before = browser.copy();

    const logout = await browser.post('/logout');

    expect(logout.setCookie).toBe('');
    expect((await browser.get('/sessions')).json()).toMatchObject({ code: 'SESSION_REQUIRED' });
    expect((await before.get('/sessions')).json()).toMatchObject({
      code: 'SESSION_REVOKED',
      reason: 'logout',
    });
    const page = await sut.sessions.list({ tenantId: '', userId: 'alice' }, { limit: 10 });
    expect(page.items).toEqual([]);
  });
});
