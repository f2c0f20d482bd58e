import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sign } from 'cookie-signature';
import { newSessionId, newSessionToken } from '../../src/core/ids.js';
import { Browser } from '../support/browser.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';
import { exchange } from '../support/raw-exchange.js';
import { startHandlerApp, type HandlerApp } from '../support/handler-app.js';
import { SECRET } from '../support/session-app.js';

const UNKNOWN_TOKENS_PER_MINUTE = 100;

describe.each(MIDDLEWARE_KINDS)('a request, under %s,', (middleware) => {
  let sut: HandlerApp;
  let browser: Browser;

  beforeEach(async () => {
    sut = await startHandlerApp({ middleware });
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
  });

  afterEach(() => sut.close());

  it('whose target is in absolute form is served like any other', async () => {
    const cookie = `sid=${browser.cookies.get('sid')}`;

    const [answer] = await exchange(sut.url, [`${sut.url}/guarded`], cookie);

    expect(answer).toEqual({ status: 200, body: '{}' });
  });

  it('without a cookie that writes nothing costs no call to the store, and opens nothing', async () => {
    sut.store.takeCalls();
    const visitor = new Browser(sut.url);

    const answer = await visitor.get('/data');

    expect(answer.setCookie).toBeUndefined();
    expect(sut.store.takeCalls()).toEqual([]);
  });

  it.each([
    [
      'well-formed and signed by somebody else',
      sign(newSessionToken(newSessionId(0), 0), 'theirs'),
    ],
    ['well-formed and not signed', newSessionToken(newSessionId(0), 0)],
    ['well signed and not well-formed', sign('x'.repeat(72 - 1), SECRET)],
  ])('with a token that is %s costs no call to the store', async (_, value) => {
    sut.store.takeCalls();
    const attacker = new Browser(sut.url);
    attacker.cookies.set('sid', encodeURIComponent(`s:${value}`));

    const answer = await attacker.get('/guarded');

    expect(answer.status).toBe(401);
    expect(sut.store.takeCalls()).toEqual([]);
  });

  it('with a token that is well signed and of no session costs one read', async () => {
    sut.store.takeCalls();
    const attacker = new Browser(sut.url);
    const token = newSessionToken(newSessionId(0), 0);
    attacker.cookies.set('sid', encodeURIComponent(`s:${sign(token, SECRET)}`));

    await attacker.get('/guarded');

    expect(sut.store.takeCalls()).toEqual(['find']);
  });

  it('with a token that is known no more is bounded, and locks nobody else at its address out', async () => {
    const earlier = await startHandlerApp({ middleware });
    const stale = new Browser(earlier.url);
    await stale.post('/login?user=alice');
    await earlier.close();
    const attacker = new Browser(sut.url);
    attacker.cookies.set('sid', stale.cookies.get('sid')!);
    for (let sent = 0; sent < UNKNOWN_TOKENS_PER_MINUTE; sent += 1) await attacker.get('/data');
    sut.store.takeCalls();

    const refused = await attacker.get('/guarded');

    expect(refused.status).toBe(429);
    expect(sut.store.takeCalls()).toEqual([]);
    expect((await browser.get('/guarded')).status).toBe(200);
  });
});
