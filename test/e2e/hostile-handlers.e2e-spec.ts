import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { SessionNotFoundError } from '../../src/index.js';
import { Browser, type Answer } from '../support/browser.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';
import {
  callWithoutCallback,
  startHandlerApp,
  type Handler,
  type HandlerApp,
} from '../support/handler-app.js';
import { exchange } from '../support/raw-exchange.js';
import { promised } from '../support/session-app.js';

const HANG_MS = 2_000;
const FORGED = 'AAAAAHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED';

// Jest fails the test during which an exception or a rejection is raised that nobody catches.
describe.each(MIDDLEWARE_KINDS)('a handler, under %s,', (middleware) => {
  let sut: HandlerApp;
  let browser: Browser;

  beforeEach(async () => {
    sut = await startHandlerApp({ middleware });
    browser = new Browser(sut.url);
  });

  afterEach(() => sut.close());

  const postOrHang = (path: string, init: RequestInit = {}): Promise<Answer> =>
    browser.post(path, { ...init, signal: AbortSignal.timeout(HANG_MS) });

  describe('that answers twice', () => {
    it('has given the first answer, whole, though the store takes its time', async () => {
      const gate = sut.store.holdNext('create');
      const path = sut.responding((request, response) => {
        Object.assign(request.session, { colour: 'red' });
        response.send('first');
        response.status(500).send('a much longer second answer');
      });

      const answering = postOrHang(path);
      await gate.arrived(1);
      gate.open();
      const answer = await answering;

      expect([answer.status, answer.text]).toEqual([200, 'first']);
      expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    });

    it('cannot split the answer, nor give the next request another one than its own', async () => {
      const twice = sut.responding((request, response) => {
        Object.assign(request.session, { colour: 'red' });
        response.send(FORGED);
        response.status(500).send('short');
      });
      const once = sut.returning(() => 'of the second request');

      const answers = await exchange(sut.url, [twice, once]);

      expect(answers).toEqual([
        { status: 200, body: FORGED },
        { status: 200, body: 'of the second request' },
      ]);
    });

    it('has no moment for a second one between the store’s answer and the first', async () => {
      const path = sut.responding(async (request, response) => {
        Object.assign(request.session, { colour: 'red' });
        response.send('first');
        for (let turns = 0; turns < 1_000 && response.writableEnded; turns += 1)
          await Promise.resolve();
        if (!response.writableEnded) response.send('second');
      });

      const answer = await postOrHang(path);

      expect([answer.status, answer.text]).toEqual([200, 'first']);
    });

    it('writes nothing before what it ended with', async () => {
      const gate = sut.store.holdNext('create');
      const path = sut.responding((request, response) => {
        Object.assign(request.session, { colour: 'red' });
        response.end('first');
        response.write('second');
      });

      const answering = postOrHang(path);
      await gate.arrived(1);
      gate.open();

      expect((await answering).text).toBe('first');
    });

    it.each([
      ['an error', new Error('thrown after the answer')],
      ['an error of the library', new SessionNotFoundError()],
    ])('has given the first answer where it throws %s after it', async (_name, error) => {
      const path = sut.responding((request, response) => {
        Object.assign(request.session, { colour: 'red' });
        response.send('first');
        throw error;
      });

      const answer = await postOrHang(path);

      expect([answer.status, answer.text]).toEqual([200, 'first']);
    });
  });

  describe('that leaves in req.session what JSON cannot say', () => {
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;

    it.each<[string, number, object]>([
      ['a BigInt', 500, { count: 1n }],
      ['a circle', 500, { circle }],
      ['a key that is not well-formed', 400, { '\ud800': 1 }],
    ])('stores nothing and answers an error: %s', async (_name, status, values) => {
      const path = sut.responding((request, response) => {
        Object.assign(request.session, values);
        response.end('ok');
      });

      const answer = await postOrHang(path);

      expect([answer.status, answer.setCookie]).toEqual([status, undefined]);
      expect(sut.store.takeCalls()).toEqual([]);
    });

    it('stores nothing and answers an error: a body that is nested too deep', async () => {
      const depth = 45_000;
      const path = sut.returning(({ session, body }) => {
        Object.assign(session, { filter: body as unknown });
        return 'ok';
      });

      const answer = await postOrHang(path, {
        headers: { 'content-type': 'application/json' },
        body: '['.repeat(depth) + ']'.repeat(depth),
      });

      expect(answer.status).toBe(400);
      expect(sut.store.takeCalls()).toEqual([]);
    });
  });

  describe('that spoils req.session', () => {
    it.each<[string, (request: Request) => unknown]>([
      ['a plain object in its place', (request) => Reflect.set(request, 'session', {})],
      ['no cookie', ({ session }) => Reflect.set(session, 'cookie', null)],
      ['a text for a cookie', ({ session }) => Reflect.set(session, 'cookie', 'x')],
      ['a value called touch', ({ session }) => Reflect.set(session, 'touch', 'x')],
      ['a value called save', ({ session }) => Reflect.set(session, 'save', 'x')],
      ['a value called id', ({ session }) => Reflect.set(session, 'id', 'x')],
      ['a cookie that lasts NaN', ({ session }) => Reflect.set(session.cookie, 'maxAge', NaN)],
      [
        'a cookie that lasts for ever',
        ({ session }) => Reflect.set(session.cookie, 'maxAge', Infinity),
      ],
    ])('with %s, still has stored what it wrote', async (_name, spoil) => {
      const path = sut.responding((request, response) => {
        spoil(request);
        Object.assign(request.session, { colour: 'red' });
        response.end('ok');
      });

      const answer = await postOrHang(path);
      const read = await browser.get('/data');

      expect([answer.status, answer.text]).toEqual([200, 'ok']);
      expect(read.json()).toEqual({ colour: 'red' });
    });

    it.each<[string, (request: Request) => unknown]>([
      ['takes it away', (request) => Reflect.deleteProperty(request, 'session')],
      ['sets it to null', (request) => Reflect.set(request, 'session', null)],
    ])('and %s, changes nothing that is stored', async (_name, remove) => {
      await browser.post('/data?colour=red');
      const path = sut.responding((request, response) => {
        remove(request);
        response.end('ok');
      });

      const answer = await postOrHang(path);

      expect([answer.status, answer.setCookie]).toEqual([200, undefined]);
      expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    });
  });

  describe('whose end throws once the session is stored', () => {
    it.each<[string, (response: Response) => unknown]>([
      ['a number for a body', (response) => (response.end as (body: unknown) => void)(42)],
      [
        'a status that does not exist',
        (response) => Object.assign(response, { statusCode: 99 }).end(),
      ],
    ])('has its connection closed: %s', async (_name, end) => {
      const path = sut.responding((request, response) => {
        Object.assign(request.session, { colour: 'red' });
        end(response);
      });

      const answering = postOrHang(path);

      await expect(answering).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } });
      expect((await browser.get('/data')).status).toBe(200);
    });
  });

  it.each(['regenerate', 'reload', 'destroy'] as const)(
    'may call %s without a callback',
    async (name) => {
      await browser.post('/login?user=alice');
      const path = sut.responding(({ session }, response) => {
        callWithoutCallback(session, name);
        response.end('ok');
      });

      const answer = await postOrHang(path);

      expect(answer.status).toBe(200);
    },
  );

  describe('whose headers have left', () => {
    it.each<[string, Handler]>([
      ['rotation', (request, _response, sessions) => sessions.rotate(request)],
      [
        'proof of identity',
        (request, _response, sessions) => sessions.reauthenticate(request, ['pwd']),
      ],
      ['login', (request, _response, sessions) => sessions.login(request, { userId: 'bob' })],
    ])('is refused a %s, and the browser stays signed in', async (_name, renew) => {
      await browser.post('/login?user=alice');
      const path = sut.responding(async (request, response, sessions) => {
        response.write('first,');
        const refusal = await Promise.resolve(renew(request, response, sessions)).catch(
          (error: unknown) => error,
        );
        response.end(Reflect.get(refusal as object, 'code'));
      });

      const answer = await postOrHang(path);

      expect(answer.text).toBe('first,SESSION_HEADERS_SENT');
      expect((await browser.get('/guarded')).status).toBe(200);
      expect(await sut.liveSessionsOf('alice')).toBe(1);
    });
  });

  describe('that writes what means nothing', () => {
    it.each([null, ''])(
      'such as %j for the user, signs nobody in, and later writes are kept',
      async (nobody) => {
        const path = sut.returning(({ session }) => {
          Object.assign(session, { userId: nobody, colour: 'red' });
          return 'written';
        });

        await postOrHang(path);
        await browser.post('/data?size=xl');

        expect((await browser.get('/data')).json()).toMatchObject({ colour: 'red', size: 'xl' });
        expect((await browser.get('/guarded')).status).toBe(401);
      },
    );

    it('such as a cookie’s lifetime alone, opens no session', async () => {
      const path = sut.returning(({ session }) => {
        session.cookie.maxAge = 3_600_000;
        return 'remembered';
      });

      const answer = await postOrHang(path);

      expect(answer.setCookie).toBeUndefined();
      expect(sut.store.takeCalls()).toEqual([]);
    });

    it('such as null for the tenant, is signed in once only', async () => {
      await sut.close();
      sut = await startHandlerApp({
        middleware,
        userIdOf: ({ user }) => user as { userId: string },
      });
      browser = new Browser(sut.url);
      const path = sut.returning(({ session }) => {
        Object.assign(session, { user: { userId: 'alice', tenantId: null } });
        return 'written';
      });
      await postOrHang(path);
      sut.store.takeCalls();

      const answer = await browser.post('/data?colour=red');

      expect(answer.setCookie).toBeUndefined();
      expect(sut.store.takeCalls()).toEqual(['find', 'save']);
    });
  });

  it('is answered 500, not 503, where userIdOf throws', async () => {
    await sut.close();
    sut = await startHandlerApp({
      middleware,
      userIdOf: () => {
        throw new TypeError('a fault of the application');
      },
    });

    const answer = await new Browser(sut.url).post('/data?colour=red');

    expect(answer.status).toBe(500);
  });

  it('that reloads where nothing is stored hears that a session is needed', async () => {
    const path = sut.returning(({ session }) => promised((done) => session.reload(done)));

    const answer = await postOrHang(path);

    expect(answer.json()).toMatchObject({ statusCode: 401, code: 'SESSION_REQUIRED' });
  });
});
