import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { HTTP_SETUPS } from '../support/middlewares.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { openStore, type OpenedStore } from '../support/stores.js';

const ALICE = { tenantId: '', userId: 'alice' };

describe.each(HTTP_SETUPS)('around a login, in %s under %s,', (driver, middleware) => {
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

  it('50 requests in flight and 50 sent late leave the browser logged in, and lose no earlier key', async () => {
    await browser.post('/data?first=x');
    const anonymous = browser.copy();
    const inFlight = Array.from({ length: 50 }, (_, n) =>
      anonymous.copy().post(`/data/late?flight${n}=x`),
    );
    await sut.gate.arrived(50);
    const saves = Array.from({ length: 50 }, (_, n) => anonymous.copy().post(`/save?early${n}=x`));

    const login = browser.post('/login?user=alice');
    const early = await Promise.all(saves);
    await login;
    sut.gate.open();
    const late = Array.from({ length: 50 }, (_, n) => anonymous.copy().post(`/data?late${n}=x`));
    const stragglers = await Promise.all([...inFlight, ...late]);

    expect(stragglers.map(({ setCookie }) => setCookie)).toEqual(Array(100).fill(undefined));
    const data = (await browser.get('/guarded')).json();
    const written = early.flatMap(({ status }, n) => (status === 201 ? [`early${n}`] : []));
    expect(Object.keys(data)).toEqual(expect.arrayContaining(['first', ...written]));
    expect(Object.keys(data).filter((key) => /^(flight|late)/.test(key))).toEqual([]);
    expect((await sut.sessions.list(ALICE, { limit: 10 })).items).toHaveLength(1);
  });

  it('a straggler may log in itself, and is given a cookie then', async () => {
    await browser.post('/data?first=x');
    const anonymous = browser.copy();
    await browser.post('/login?user=alice');

    const login = await anonymous.post('/login?user=alice');

    expect(login.setCookie).toMatch(/^s%3A/);
    expect((await anonymous.get('/guarded')).status).toBe(200);
    expect((await browser.get('/guarded')).status).toBe(200);
  });

  it('a login that is refused at the limit leaves the anonymous session as it was', async () => {
    await sut.close();
    const store = await openStore(driver);
    sut = await startSessionApp({
      store: store.store,
      clock,
      maxSessionsPerUser: 1,
      onLimit: 'reject',
    });
    const [first, second] = [new Browser(sut.url), new Browser(sut.url)];
    await first.post('/login?user=alice');
    await second.post('/data?colour=red');
    const before = new Map(second.cookies);

    const refused = await second.post('/login?user=alice');

    expect(refused.status).toBe(409);
    expect(refused.json()).toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
    expect(second.cookies).toEqual(before);
    expect((await second.get('/data')).json()).toEqual({ colour: 'red' });
    await sut.close();
    await store.close();
  });

  it('a login at the limit ends the session seen least recently', async () => {
    await sut.close();
    const store = await openStore(driver);
    sut = await startSessionApp({ store: store.store, clock, maxSessionsPerUser: 2 });
    const [first, second, third] = [0, 1, 2].map(() => new Browser(sut.url)) as [
      Browser,
      Browser,
      Browser,
    ];
    await first.post('/login?user=alice');
    clock.advance('1s');
    await second.post('/login?user=alice');
    clock.advance('2m');
    await first.get('/guarded');

    await third.post('/login?user=alice');

    expect((await second.get('/guarded')).json()).toMatchObject({ code: 'SESSION_EVICTED' });
    expect((await first.get('/guarded')).status).toBe(200);
    expect((await third.get('/guarded')).status).toBe(200);
    await sut.close();
    await store.close();
  });

  it('a blocked user is refused, and let in again when the block is over', async () => {
    await sut.sessions.block(ALICE, clock.now() + 60_000, { reason: 'too-many-failures' });

    const blocked = await browser.post('/login?user=alice');
    clock.advance('1m');
    const after = await browser.post('/login?user=alice');

    expect(blocked.json()).toMatchObject({ statusCode: 403, code: 'SESSION_USER_BLOCKED' });
    expect(after.status).toBe(201);
  });
});
