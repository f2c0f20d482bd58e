import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { HTTP_SETUPS } from '../support/middlewares.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { openStore, type OpenedStore } from '../support/stores.js';

const ALICE = { tenantId: '', userId: 'alice' };

describe.each(HTTP_SETUPS)('the token, with sessions in %s under %s,', (driver, middleware) => {
  let clock: FakeClock;
  let opened: OpenedStore;
  let sut: SessionApp;
  let browser: Browser;

  beforeEach(async () => {
    clock = new FakeClock();
    opened = await openStore(driver);
    sut = await startSessionApp({
      store: opened.store,
      clock,
      middleware,
      rotationInterval: '10m',
      idleTimeout: '1h',
      anonymousIdleTimeout: '1h',
    });
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
    await browser.post('/data?colour=red');
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  it('is exchanged when it comes of age, and the session goes on', async () => {
    clock.advance('10m');

    const rotated = await browser.get('/guarded');
    const next = await browser.get('/guarded');

    expect(rotated.json()).toEqual({ colour: 'red' });
    expect(rotated.setCookie).toMatch(/^s%3A/);
    expect(next.setCookie).toBeUndefined();
    expect(next.json()).toEqual({ colour: 'red' });
  });

  it('is exchanged for one of twenty parallel requests, and all of them are served', async () => {
    clock.advance('10m');
    const copies = Array.from({ length: 20 }, () => browser.copy());

    const answers = await Promise.all(copies.map((copy) => copy.get('/guarded')));

    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter(({ setCookie }) => setCookie !== undefined)).toHaveLength(1);
  });

  it('stays good after a lost answer, and is exchanged again after the retry time', async () => {
    clock.advance('10m');
    const lost = browser.copy();
    await lost.get('/guarded');

    clock.advance('29s');
    const early = await browser.get('/guarded');
    clock.advance('1s');
    const again = await browser.get('/guarded');

    expect(early.status).toBe(200);
    expect(early.setCookie).toBeUndefined();
    expect(again.setCookie).toMatch(/^s%3A/);
    expect((await browser.get('/guarded')).status).toBe(200);
  });

  it('is good for the grace period once its successor was used, and ends the session after it', async () => {
    clock.advance('10m');
    const old = browser.copy();
    await browser.get('/guarded');
    await browser.get('/guarded');

    clock.advance('59s');
    const inGrace = await old.get('/guarded');
    clock.advance('1s');
    const reused = await old.get('/guarded');

    expect(inGrace.status).toBe(200);
    expect(reused.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'token-reused' });
    expect(reused.setCookie).toBeUndefined();
    expect((await browser.get('/guarded')).json()).toMatchObject({ reason: 'token-reused' });
    expect((await sut.sessions.list(ALICE, { limit: 10 })).items).toEqual([]);
  });

  it('two generations old ends the session', async () => {
    const oldest = browser.copy();
    for (const _generation of [1, 2]) {
      clock.advance('10m');
      await browser.get('/guarded');
      await browser.get('/guarded');
    }

    const reused = await oldest.get('/guarded');

    expect(reused.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'token-reused' });
    expect((await browser.get('/guarded')).status).toBe(401);
  });

  it('is refused at once after a rotation for a change of privileges', async () => {
    const old = browser.copy();

    await browser.post('/rotate');
    const straggler = await old.get('/guarded');
    clock.advance('60s');
    const reused = await old.get('/guarded');

    expect(straggler.json()).toMatchObject({ statusCode: 401, code: 'SESSION_REQUIRED' });
    expect(straggler.setCookie).toBeUndefined();
    expect(reused.json()).toMatchObject({ reason: 'token-reused' });
  });

  it('is neither exchanged nor confirmed nor kept alive by a passive route', async () => {
    clock.advance('10m');
    const passive = await browser.get('/passive');
    const rotated = await browser.get('/guarded');
    await browser.get('/passive');
    const unconfirmed = browser.copy();

    clock.advance('59m');
    await browser.get('/passive');
    clock.advance('1m');

    expect(passive.setCookie).toBeUndefined();
    expect(rotated.setCookie).toMatch(/^s%3A/);
    expect((await unconfirmed.get('/guarded')).json()).toMatchObject({
      code: 'SESSION_EXPIRED',
      reason: 'idle',
    });
  });
});

describe.each(HTTP_SETUPS)('a session, in %s under %s,', (driver, middleware) => {
  let clock: FakeClock;
  let opened: OpenedStore;
  let sut: SessionApp;
  let browser: Browser;

  beforeEach(async () => {
    clock = new FakeClock();
    opened = await openStore(driver);
    sut = await startSessionApp({ store: opened.store, clock, middleware });
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  const lastSeenAt = async (): Promise<number> => {
    const page = await sut.sessions.list(ALICE, { limit: 1 });
    return page.items[0]!.lastSeenAt;
  };

  it('records activity once an interval, and not while nothing has changed within it', async () => {
    const start = clock.now();
    clock.advance('59s');
    await browser.get('/guarded');
    const within = await lastSeenAt();

    clock.advance('1s');
    await browser.get('/guarded');

    expect(within).toBe(start);
    expect(await lastSeenAt()).toBe(start + 60_000);
  });

  it('ends by silence exactly at its idle timeout', async () => {
    clock.advance(30 * 60_000 - 1);
    const alive = await browser.copy().get('/passive');
    const other = await browser.get('/passive');

    clock.advance(1);
    const ended = await browser.get('/guarded');

    expect([alive.status, other.status]).toEqual([200, 200]);
    expect(ended.json()).toMatchObject({ code: 'SESSION_EXPIRED', reason: 'idle' });
  });

  it('ends at its absolute timeout, however busy', async () => {
    for (let minute = 0; minute < 12 * 60 - 1; minute += 20) {
      await browser.get('/guarded');
      clock.advance('20m');
    }

    const ended = await browser.get('/guarded');

    expect(ended.json()).toMatchObject({ code: 'SESSION_EXPIRED', reason: 'absolute' });
  });

  it('tells its own deadlines without being kept alive by it', async () => {
    const start = clock.now();
    clock.advance('5m');

    const answer = await browser.get('/session');

    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.json()).toMatchObject({
      idleExpiresAt: new Date(start + 30 * 60_000).toISOString(),
      absoluteExpiresAt: new Date(start + 12 * 3_600_000).toISOString(),
      now: new Date(clock.now()).toISOString(),
    });
    expect(await lastSeenAt()).toBe(start);
  });
});
