import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sign } from 'cookie-signature';
import { randomBytes } from 'node:crypto';
import { composeSessionToken, newSessionId, newSessionToken } from '../../src/core/ids.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';
import { SECRET, startSessionApp, type SessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';

const signed = (value: string, secret = SECRET): string =>
  encodeURIComponent(`s:${sign(value, secret)}`);

describe.each(MIDDLEWARE_KINDS)('the session cookie, under %s,', (middleware) => {
  let clock: FakeClock;
  let finds: number;
  let sut: SessionApp;
  let browser: Browser;

  beforeEach(async () => {
    clock = new FakeClock();
    finds = 0;
    const store = memoryStore();
    const counting: Partial<SessionStore> = {
      find: (id) => {
        finds += 1;
        return store.find(id);
      },
    };
    sut = await startSessionApp({ store: withInstead(store, counting), clock, middleware });
    browser = new Browser(sut.url);
  });

  afterEach(() => sut.close());

  const present = (value: string) => browser.cookies.set('sid', value);
  const token = (): string => newSessionToken(newSessionId(3), 0);

  it.each([
    ['forged', () => signed(token(), 'another-secret-of-at-least-32-chars!')],
    ['unsigned', () => token()],
    ['truncated', () => signed(token()).slice(0, -5)],
    ['4 KB long', () => signed('A'.repeat(4_096))],
    ['4 KB long with our own signature', () => signed(token().repeat(56))],
    ['empty', () => ''],
    ['signed, but of another format', () => signed('not-a-token-of-ours')],
    ['signed, but one character short', () => signed(token().slice(1))],
    ['signed, but of another alphabet', () => signed(token().replace(/.$/, '!'))],
    ['of broken percent-encoding', () => '%E0%A4%A'],
    ['full of quotes and control escapes', () => '"s:\\u0000%00%0d%0a"'],
  ])('that is %s counts as none, and costs no store call', async (_name, value) => {
    present(value());

    const read = await browser.get('/data');
    const guarded = await browser.get('/guarded');
    const written = await browser.post('/data?colour=red');

    expect(read.status).toBe(200);
    expect(read.setCookie).toBeUndefined();
    expect(guarded.json()).toMatchObject({ statusCode: 401, code: 'SESSION_REQUIRED' });
    expect(finds).toBe(0);
    expect(written.setCookie).toMatch(/^s%3A/);
    expect(written.setCookie).not.toBe(value());
  });

  it.each([
    ['of a session never issued', () => token()],
    ['of a shard that does not exist', () => newSessionToken(newSessionId(65_535), 0)],
  ])('that is well-signed, but %s, is never adopted', async (_name, unknown) => {
    const value = unknown();
    present(signed(value));

    const guarded = await browser.get('/guarded');
    const written = await browser.post('/data?colour=red');

    expect(guarded.json()).toMatchObject({ code: 'SESSION_REQUIRED' });
    expect(decodeURIComponent(written.setCookie!)).not.toContain(value);
  });

  it('with a wrong secret of the current generation is unknown, and ends nothing', async () => {
    const { id } = (await browser.post('/login?user=alice')).json<{ id: never }>();
    const thief = new Browser(sut.url);
    thief.cookies.set('sid', signed(composeSessionToken(id, 0, randomBytes(32))));

    const refused = await thief.get('/guarded');

    expect(refused.json()).toMatchObject({ code: 'SESSION_REQUIRED' });
    expect((await browser.get('/guarded')).status).toBe(200);
  });

  it('of a dead session counts as none once the straggler window is over', async () => {
    await browser.post('/login?user=alice');
    const dead = browser.copy();
    await browser.post('/logout');
    clock.advance('59s');
    const late = await dead.post('/data?colour=red');

    clock.advance('1s');
    const later = await dead.post('/data?colour=red');

    expect(late.setCookie).toBeUndefined();
    expect(later.setCookie).toMatch(/^s%3A/);
  });

  it('costs one read of the store for each request', async () => {
    await browser.post('/login?user=alice');
    finds = 0;

    await browser.get('/guarded');

    expect(finds).toBe(1);
  });
});

describe.each(MIDDLEWARE_KINDS)('the session cookie by its defaults, under %s,', (middleware) => {
  it('has the __Host- prefix and is secure, HTTP-only, lax, without domain or lifetime', async () => {
    const sut = await startSessionApp({ cookie: {}, middleware });
    sut.app.set('trust proxy', 1);
    const browser = new Browser(sut.url);

    const answer = await browser.post('/login?user=alice', {
      headers: { 'x-forwarded-proto': 'https' },
    });
    await sut.close();

    const [cookie = ''] = answer.headers.getSetCookie();
    const [, ...attributes] = cookie.split('; ');
    expect(cookie).toMatch(/^__Host-sid=s%3A/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
  });

  it('is not sent over plain HTTP', async () => {
    const sut = await startSessionApp({ cookie: {}, middleware });

    const answer = await new Browser(sut.url).post('/login?user=alice');
    await sut.close();

    expect(answer.status).toBe(201);
    expect(answer.setCookie).toBeUndefined();
  });

  it('is signed by the first of several secrets and verified by all', async () => {
    const older = 'an-older-secret-of-at-least-32-chars!!';
    const before = await startSessionApp({ secret: older, middleware });
    const value = token72();
    await before.close();
    const sut = await startSessionApp({ secret: [SECRET, older], middleware });
    const [withOlder, fresh] = [new Browser(sut.url), new Browser(sut.url)];
    withOlder.cookies.set('sid', signed(value, older));

    const accepted = await withOlder.get('/data');
    const issued = await fresh.post('/data?colour=red');
    await sut.close();

    expect(accepted.status).toBe(200);
    const bare = decodeURIComponent(issued.setCookie!).slice(2);
    expect(signed(bare.slice(0, 72))).toBe(issued.setCookie);
  });
});

const token72 = (): string => newSessionToken(newSessionId(3), 0);
