import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectRedis } from '../../src/storage/connect-redis/index.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { LEGACY_SECRET, legacyApplication } from '../support/legacy-app.js';
import { freshPrefix, openRedis } from '../support/servers.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { DRIVERS, openStore, type OpenedStore } from '../support/stores.js';

const userOf = (userId: string) => ({ tenantId: '', userId });

describe.each(DRIVERS)('a browser that comes from connect-redis, to sessions in %s,', (driver) => {
  let redis: Redis;
  let prefix: string;
  let old: Server;
  let oldUrl: string;
  let opened: OpenedStore;
  let sut: SessionApp;

  beforeEach(async () => {
    redis = openRedis();
    prefix = `${freshPrefix()}:`;
    old = legacyApplication(redis, prefix).listen(0, '127.0.0.1');
    await new Promise((resolve) => old.once('listening', resolve));
    oldUrl = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
    opened = await openStore(driver);
    sut = await startSessionApp({
      store: opened.store,
      adopt: connectRedis({
        client: redis,
        prefix,
        secret: LEGACY_SECRET,
        until: Date.now() + 86_400_000,
      }),
    });
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
    await new Promise((resolve) => old.close(resolve));
    await redis.quit();
  });

  /** Signs in to the old application, and moves to the new one with the same cookie. */
  async function movingBrowser(user: string): Promise<Browser> {
    const before = new Browser(oldUrl);
    await before.post(`/login/${user}`);
    await before.get('/visits');
    const browser = new Browser(sut.url);
    for (const [name, value] of before.cookies) browser.cookies.set(name, value);
    return browser;
  }

  const legacyKeys = () => redis.keys(`${prefix}*`);

  it('is still signed in, with its data, and gets our cookie with the first answer', async () => {
    const browser = await movingBrowser('alice');

    const first = await browser.get('/guarded');
    const second = await browser.get('/guarded');

    expect(first.json()).toEqual({ passport: { user: 'alice' }, visits: 1 });
    expect(first.setCookie).toMatch(/^s%3A/);
    expect(second.json()).toEqual({ passport: { user: 'alice' }, visits: 1 });
    expect(second.setCookie).toBeUndefined();
    await eventually(async () => (await legacyKeys()).length === 0);
  });

  it('is adopted once, with 100 users in three parallel first requests each', async () => {
    const users = Array.from({ length: 100 }, (_, index) => `user${index}`);
    const browsers = await Promise.all(users.map(movingBrowser));

    const answers = await Promise.all(
      browsers.flatMap((browser) => Array.from({ length: 3 }, () => browser.get('/guarded'))),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(300).fill(200));
    for (const user of users)
      expect((await sut.sessions.list(userOf(user), { limit: 10 })).items).toHaveLength(1);
    const after = await Promise.all(browsers.map((browser) => browser.get('/guarded')));
    expect(after.map(({ status }) => status)).toEqual(Array(100).fill(200));
  });

  it('gets the same cookie again when the first answer was lost', async () => {
    const browser = await movingBrowser('alice');
    const lost = await browser.copy().get('/guarded');

    const again = await browser.get('/guarded');

    expect(again.status).toBe(200);
    expect(again.setCookie).toBe(lost.setCookie);
  });

  it('stays out once killed, however often the old application writes its key back', async () => {
    const browser = await movingBrowser('alice');
    const legacyOnly = browser.copy();
    const [key = ''] = await legacyKeys();
    const stored = (await redis.get(key)) ?? '';
    await browser.get('/guarded');
    await browser.get('/guarded');
    await redis.set(key, stored);

    await sut.sessions.revokeAll(userOf('alice'), { reason: 'ended-by-admin' });
    const refused = [];
    for (const one of [legacyOnly, legacyOnly.copy(), browser]) {
      refused.push(await one.get('/guarded'));
      await redis.set(key, stored);
    }

    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(refused.map(({ setCookie }) => setCookie)).toEqual([undefined, undefined, undefined]);
    expect((await sut.sessions.list(userOf('alice'), { limit: 10 })).items).toEqual([]);
  });

  it('is not known by a forged legacy cookie', async () => {
    const browser = await movingBrowser('alice');
    const value = browser.cookies.get('connect.sid') ?? '';
    browser.cookies.set('connect.sid', `${value.slice(0, -6)}AAAAAA`);

    const answer = await browser.get('/guarded');

    expect(answer.json()).toMatchObject({ code: 'SESSION_REQUIRED' });
    expect(answer.setCookie).toBeUndefined();
  });
});
