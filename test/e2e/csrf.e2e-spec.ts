import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CsrfOptions } from '../../src/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser, type Answer } from '../support/browser.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { DRIVERS, openStore, type OpenedStore } from '../support/stores.js';

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

const change = (browser: Browser, headers: Record<string, string> = {}): Promise<Answer> =>
  browser.post('/guarded-by-origin', { headers: { ...SAME_ORIGIN, ...headers } });

describe.each(DRIVERS)('where CsrfGuard asks for a token, with sessions in %s,', (driver) => {
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
      rotationInterval: '2m',
      csrf: { token: true },
    });
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  const tokenOf = async (page: Browser): Promise<string> =>
    (await page.get('/session')).json<{ csrfToken: string }>().csrfToken;

  it('a page of the session may change something, as often as it likes', async () => {
    const token = await tokenOf(browser);

    const answers = [
      await change(browser, { 'x-csrf-token': token }),
      await change(browser, { 'x-csrf-token': token }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(await tokenOf(browser)).not.toBe(token);
  });

  it('a request without it, or with another session’s, is refused and audited', async () => {
    const mallory = new Browser(sut.url);
    await mallory.post('/login?user=mallory');
    const foreign = await tokenOf(mallory);

    const answers = [
      await change(browser),
      await change(browser, { 'x-csrf-token': foreign }),
      await change(browser, { 'x-csrf-token': 'guessed' }),
    ];

    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'CSRF_REJECTED' });
    }
    const { event } = (await opened.store.readOutbox(0, 10)).find(
      (entry) => entry.event.type === 'csrf.rejected',
    )!;
    expect(event).toMatchObject({ reason: 'token-missing', outcome: 'failure' });
  });

  it('the token outlives rotations and dies with the session', async () => {
    const token = await tokenOf(browser);
    clock.advance('3m');
    const rotated = await browser.get('/guarded');
    const afterRotation = await change(browser, { 'x-csrf-token': token });
    await browser.post('/logout');
    await browser.post('/login?user=alice');

    const afterLogin = await change(browser, { 'x-csrf-token': token });

    expect(rotated.setCookie).toBeDefined();
    expect(afterRotation.status).toBe(201);
    expect(afterLogin.status).toBe(403);
  });

  it('a request that holds no session needs none', async () => {
    expect((await change(new Browser(sut.url))).status).toBe(201);
  });
});

describe('CsrfGuard', () => {
  let sut: SessionApp | undefined;

  afterEach(() => sut?.close());

  const start = async (
    csrf?: CsrfOptions,
    trustedOrigins: readonly string[] = [],
  ): Promise<Browser> => {
    sut = await startSessionApp({ ...(csrf && { csrf }), trustedOrigins });
    return new Browser(sut.url);
  };
  const post = (browser: Browser, headers: Record<string, string>): Promise<Answer> =>
    browser.post('/guarded-by-origin', { headers });

  it('refuses a request without a word of a browser only if told to be strict', async () => {
    const lenient = await post(await start(), {});
    await sut!.close();

    const strict = await post(await start({ strict: true }), {});

    expect([lenient.status, strict.status]).toEqual([201, 403]);
  });

  it('takes the origin that a trusted proxy tells for its own', async () => {
    const browser = await start();
    sut!.app.set('trust proxy', 'loopback');
    const forwarded = { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' };

    const own = await post(browser, { ...forwarded, origin: 'https://shop.example' });
    const other = await post(browser, { ...forwarded, origin: 'https://evil.example' });
    const upstream = await post(browser, { ...forwarded, origin: sut!.url });

    expect([own.status, other.status, upstream.status]).toEqual([201, 403, 403]);
  });

  it('believes nothing of what a proxy tells that is not trusted', async () => {
    const browser = await start();
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };

    const answer = await post(browser, { ...forwarded, origin: 'https://evil.example' });

    expect(answer.status).toBe(403);
  });

  it('lets no opaque origin pass as its own, whatever the proxy says of the protocol', async () => {
    const browser = await start();
    sut!.app.set('trust proxy', 'loopback');

    const answer = await post(browser, { 'x-forwarded-proto': 'foo', origin: 'null' });

    expect(answer.status).toBe(403);
  });

  it('takes the token from the header that it is told', async () => {
    const browser = await start({ token: true, tokenHeader: 'X-Anti-Forgery' });
    await browser.post('/login?user=alice');
    const { csrfToken } = (await browser.get('/session')).json<{ csrfToken: string }>();

    const answer = await post(browser, { ...SAME_ORIGIN, 'x-anti-forgery': csrfToken });

    expect(answer.status).toBe(201);
  });

  it('shows no token to pages that need none', async () => {
    const browser = await start();
    await browser.post('/login?user=alice');

    expect((await browser.get('/session')).json()).not.toHaveProperty('csrfToken');
  });
});
