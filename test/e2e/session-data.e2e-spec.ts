import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { anOperation } from '../../src/testing/builders.js';
import { systemClock } from '../../src/core/clock.js';
import type { DataEncryptionOptions, SessionId } from '../../src/index.js';
import { Browser } from '../support/browser.js';
import { HTTP_SETUPS } from '../support/middlewares.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { openStore, withInstead, type OpenedStore } from '../support/stores.js';

const OLD = { keyId: '2026', key: randomBytes(32).toString('base64') };
const NEW = { keyId: '2027', key: randomBytes(32).toString('base64') };

describe.each(HTTP_SETUPS)('the data of sessions in %s under %s', (driver, middleware) => {
  let opened: OpenedStore;
  let sut: SessionApp | undefined;

  /** Starts the application, or starts it again with other keys on what is stored, as another process would. */
  const start = async (dataEncryption?: DataEncryptionOptions): Promise<void> => {
    const nothing = (): Promise<void> => Promise.resolve();
    await sut?.close();
    sut = await startSessionApp({
      store: withInstead(opened.store, { close: nothing, ...(sut && { start: nothing }) }),
      maxDataBytes: 1_024,
      middleware,
      ...(dataEncryption && { dataEncryption }),
    });
  };

  beforeEach(async () => {
    opened = await openStore(driver);
  });

  afterEach(async () => {
    await sut?.close();
    sut = undefined;
    await opened.store.close();
    await opened.close();
  });

  const logIn = async (): Promise<{ browser: Browser; id: SessionId }> => {
    const browser = new Browser(sut!.url);
    await browser.post('/data?colour=crimson');
    const login = await browser.post('/login?user=alice');
    return { browser, id: login.json<{ id: SessionId }>().id };
  };

  const storedData = async (id: SessionId): Promise<Readonly<Record<string, string>>> => {
    const found = await opened.store.find(id);
    return found?.session.state === 'active' ? found.session.data : {};
  };

  it('are read as they were written, and stored encrypted, over a login too', async () => {
    await start({ keys: [OLD] });

    const { browser, id } = await logIn();
    await browser.post('/data?size=large');

    expect((await browser.get('/guarded')).json()).toEqual({ colour: 'crimson', size: 'large' });
    expect(await storedData(id)).toEqual({
      colour: expect.stringMatching(/^e1:2026:/),
      size: expect.stringMatching(/^e1:2026:/),
    });
  });

  it('survive the exchange of the key, and of its predecessor once all is written anew', async () => {
    await start({ keys: [OLD] });
    const { browser, id } = await logIn();

    await start({ keys: [NEW, OLD] });
    const again = new Browser(sut!.url);
    for (const [name, value] of browser.cookies) again.cookies.set(name, value);
    const read = await again.get('/guarded');
    await again.post('/data?colour=azure');

    expect(read.json()).toEqual({ colour: 'crimson' });
    expect((await storedData(id))['colour']).toMatch(/^e1:2027:/);
  });

  it('that cannot be decrypted are answered 503, and no cookie is touched', async () => {
    await start({ keys: [OLD] });
    const { browser, id } = await logIn();
    const value = `e1:2026:${randomBytes(40).toString('base64url')}`;
    await opened.store.save({ id, set: { colour: value }, remove: [] }, anOperation(systemClock));

    const guarded = await browser.get('/guarded');
    const open = await browser.get('/data');
    const written = await browser.post('/data?size=large');

    expect(guarded.status).toBe(503);
    expect(guarded.json()).toMatchObject({ code: 'SESSION_DATA_UNREADABLE' });
    expect(guarded.text).not.toContain(id);
    expect(open.json()).toEqual({});
    expect(written.status).toBe(503);
    for (const { setCookie } of [guarded, open, written]) expect(setCookie).toBeUndefined();
    expect(await storedData(id)).toEqual({ colour: value });
  });

  it('that cannot be decrypted keep nobody from logging out, and in again', async () => {
    await start({ keys: [OLD] });
    const { browser, id } = await logIn();
    await start({ keys: [NEW] });
    const same = new Browser(sut!.url);
    for (const [name, value] of browser.cookies) same.cookies.set(name, value);

    const refused = await same.post('/login?user=alice');
    const logout = await same.post('/logout');
    const told = await same.get('/guarded');
    const login = await same.post('/login?user=alice');

    expect(refused.json()).toMatchObject({ code: 'SESSION_DATA_UNREADABLE' });
    expect([logout.status, logout.setCookie]).toEqual([201, undefined]);
    expect(told.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'logout' });
    expect(await storedData(id)).toEqual({});
    expect(login.status).toBe(201);
  });

  it('are of use again when the session they cannot be read of is ended', async () => {
    await start({ keys: [OLD] });
    const { browser } = await logIn();
    await start({ keys: [NEW] });
    const same = new Browser(sut!.url);
    for (const [name, value] of browser.cookies) same.cookies.set(name, value);
    const before = await same.get('/guarded');
    await sut!.sessions.revokeEverything({ reason: 'key-lost' });

    const told = await same.get('/guarded');
    const login = await same.post('/login?user=alice');

    expect(before.json()).toMatchObject({ code: 'SESSION_DATA_UNREADABLE' });
    expect(told.json()).toMatchObject({ code: 'SESSION_REVOKED' });
    expect(login.status).toBe(201);
  });

  it.each([
    [true, 200],
    [false, 503],
  ])(
    'from before encryption are read if acceptPlaintext is %j',
    async (acceptPlaintext, status) => {
      await start();
      const { browser } = await logIn();
      await start({ keys: [OLD], acceptPlaintext });
      const same = new Browser(sut!.url);
      for (const [name, value] of browser.cookies) same.cookies.set(name, value);

      expect((await same.get('/guarded')).status).toBe(status);
    },
  );

  it.each<[string, DataEncryptionOptions | undefined]>([
    ['in clear', undefined],
    ['encrypted', { keys: [OLD] }],
  ])('over maxDataBytes, %s, are refused whole, and nothing is lost', async (_, encryption) => {
    await start(encryption);
    const { browser } = await logIn();
    const large = 'x'.repeat(1_100);

    const implicit = await browser.post(`/data?size=${large}`);
    const explicit = await browser.post(`/save?size=${large}`);
    const login = await browser.post('/login?user=bob');
    const anonymous = await new Browser(sut!.url).post(`/data?size=${large}`);

    for (const answer of [implicit, explicit, anonymous]) {
      expect(answer.status).toBe(413);
      expect(answer.json()).toMatchObject({ code: 'SESSION_DATA_TOO_LARGE' });
      expect(answer.setCookie).toBeUndefined();
    }
    expect(login.status).toBe(201);
  });

  it('over maxDataBytes leave what was stored as it was', async () => {
    await start();
    const { browser } = await logIn();

    await browser.post(`/data?colour=azure&size=${'x'.repeat(1_100)}`);

    expect((await browser.get('/guarded')).json()).toEqual({ colour: 'crimson' });
    expect((await browser.post('/data?colour=azure')).status).toBe(201);
  });
});
