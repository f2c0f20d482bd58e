import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { Browser } from '../support/browser.js';
import {
  callWithoutCallback,
  startHandlerApp,
  type Handler,
  type HandlerApp,
} from '../support/handler-app.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';
import { startSessionApp } from '../support/session-app.js';
import { WatchedStore } from '../support/watched-store.js';

/** What express-session's users rely on, and what both makers of `req.session` are held to. */
describe.each(MIDDLEWARE_KINDS)('req.session, made by %s,', (middleware) => {
  let sut: HandlerApp;
  let browser: Browser;

  beforeEach(async () => {
    sut = await startHandlerApp({ middleware });
    browser = new Browser(sut.url);
  });

  afterEach(() => sut.close());

  const ask = async (handler: Handler): Promise<unknown> =>
    (await browser.post(sut.returning(handler))).json<unknown>();

  describe('is what express-session’s is:', () => {
    it('a Session with a Cookie, from a Store', async () => {
      const kinds = await ask((request) => [
        request.session instanceof session.Session,
        request.session.cookie instanceof session.Cookie,
        request.sessionStore instanceof session.Store,
      ]);

      expect(kinds).toEqual([true, true, true]);
    });

    it('data and cookie, and nothing else that can be listed', async () => {
      await browser.post('/data?colour=red');

      const keys = await ask((request) => Object.keys(request.session).sort());

      expect(keys).toEqual(['colour', 'cookie']);
    });

    it('under the id of the request, which a session keeps and a new one does not', async () => {
      const ids = ({ session: { id }, sessionID }: Request): string[] => [id, sessionID];
      await browser.post('/data?colour=red');

      const first = await ask(ids);
      const second = await ask(ids);
      browser.cookies.clear();
      const stranger = await ask(ids);

      expect(new Set(first as string[]).size).toBe(1);
      expect(second).toEqual(first);
      expect(new Set(stranger as string[]).size).toBe(1);
      expect(stranger).not.toEqual(first);
    });

    it('one object for the whole request', async () => {
      expect(await ask((request) => request.session === request.session)).toBe(true);
    });
  });

  describe('is saved', () => {
    it('not while nothing is written, nor again while nothing changes', async () => {
      const first = await browser.get('/data');
      await browser.post('/data?colour=red');
      sut.store.takeCalls();

      const second = await browser.post('/data?colour=red');

      expect([first.setCookie, second.setCookie]).toEqual([undefined, undefined]);
      expect(sut.store.takeCalls()).toEqual(['find']);
    });

    it('not for a change of its cookie alone', async () => {
      await browser.post('/login?user=alice');
      sut.store.takeCalls();
      const path = sut.returning(({ session: { cookie } }) => {
        cookie.httpOnly = false;
      });

      await browser.post(path);

      expect(sut.store.takeCalls()).toEqual(['find']);
    });

    it('for a change deep inside a value', async () => {
      await ask(({ session: held }) => Object.assign(held, { cart: { items: [1] } }));
      await ask(({ session: held }) => {
        (held as unknown as { cart: { items: number[] } }).cart.items.push(2);
        return {};
      });

      expect((await browser.get('/data')).json()).toEqual({ cart: { items: [1, 2] } });
    });
  });

  describe('calls back', () => {
    it.each(['save', 'reload', 'regenerate', 'destroy'] as const)(
      'after %s, once, with nothing, and later',
      async (name) => {
        await browser.post('/data?colour=red');

        const calls = await ask(
          (request) =>
            new Promise((resolve) => {
              const heard: unknown[] = [];
              request.session[name]((...told: unknown[]) => {
                heard.push(told.filter(Boolean).length);
                setImmediate(resolve, heard);
              });
              heard.push('asked');
            }),
        );

        expect(calls).toEqual(['asked', 0]);
      },
    );

    it('with what went wrong', async () => {
      await browser.post('/data?colour=red');
      sut.store.failNext('save');

      const code = await ask(
        (request) =>
          new Promise((resolve) => {
            Object.assign(request.session, { colour: 'blue' });
            request.session.save((error: unknown) =>
              resolve({ error: Reflect.get(error as object, 'code') }),
            );
          }),
      );

      expect(code).toEqual({ error: 'SESSION_STORE_UNAVAILABLE' });
    });

    it('as a promise does', async () => {
      await ask(async ({ session: held }) => {
        Object.assign(held, { colour: 'red' });
        await promisify(held.save.bind(held))();
        Object.assign(held, { colour: 'blue' });
        await promisify(held.reload.bind(held))();
        return {};
      });

      expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    });

    it('nobody, where nobody listens, and gives the session back', async () => {
      const same = await ask(({ session: held }) => [
        held.save() === held,
        held.touch() === held,
        held.resetMaxAge() === held,
      ]);

      expect(same).toEqual([true, true, true]);
    });
  });

  describe('can be taken away', () => {
    it.each<[string, (request: Request) => unknown]>([
      ['by delete', (request) => Reflect.deleteProperty(request, 'session')],
      ['by destroy', ({ session: held }) => callWithoutCallback(held, 'destroy')],
    ])('%s, once it was read, and stays away', async (_name, take) => {
      const left = await ask((request) => {
        Object.assign(request.session, { colour: 'red' });
        take(request);
        return [typeof request.session, typeof request.session];
      });

      expect(left).toEqual(['undefined', 'undefined']);
      expect((await browser.get('/data')).json()).toEqual({});
    });
  });

  describe('is not', () => {
    it.each([
      ['of a bad signature', []],
      ['of no signature', []],
      ['of an id nobody knows', ['find']],
    ])('that of a cookie %s', async (kind, calls) => {
      await browser.post('/data?colour=red');
      const value = decodeURIComponent(browser.cookies.get('sid')!);
      const forged: Readonly<Record<string, string>> = {
        'of a bad signature': `${value.slice(0, -3)}AAA`,
        'of no signature': value.slice(2, value.indexOf('.')),
        'of an id nobody knows': value,
      };
      if (calls.length > 0) {
        await sut.close();
        sut = await startHandlerApp({ middleware });
        browser = new Browser(sut.url);
      }
      browser.cookies.set('sid', encodeURIComponent(forged[kind]!));
      sut.store.takeCalls();

      const seen = await ask(({ sessionID, session: held }) => [sessionID, Object.keys(held)]);

      expect((seen as string[])[1]).toEqual(['cookie']);
      expect((seen as string[])[0]).not.toBe(value.slice(2, value.indexOf('.')));
      expect(sut.store.takeCalls()).toEqual(calls);
    });

    it('there outside the path of the cookie, nor is anything that goes with it', async () => {
      await sut.close();
      sut = await startHandlerApp({
        middleware,
        cookie: { path: '/app', name: 'sid', insecureDevelopment: true },
      });
      browser = new Browser(sut.url);

      const seen = await ask((request) =>
        ['session', 'sessionID', 'sessionStore', 'logIn', 'logout'].map(
          (name) => typeof Reflect.get(request, name),
        ),
      );

      expect(new Set(seen as string[])).toEqual(new Set(['undefined']));
    });

    it('made where another middleware has made one', async () => {
      const app = await startSessionApp({ middleware }, {}, false, (nest) =>
        nest.use((request: Request, _response: Response, next: NextFunction) => {
          Reflect.set(request, 'session', { cookie: {}, theirs: true });
          next();
        }),
      );

      const seen = await new Browser(app.url).get('/data');
      await app.close();

      expect(seen.json()).toEqual({ theirs: true });
    });
  });

  it('cannot be had while the store says that it is disconnected', async () => {
    await browser.post('/login?user=alice');
    const say = (event: 'connect' | 'disconnect') =>
      ask(({ sessionStore }) => (sessionStore as unknown as EventEmitter).emit(event));
    await say('disconnect');
    sut.store.takeCalls();

    const away = [await browser.get('/data'), await browser.get('/guarded')];

    expect(away.map(({ status, setCookie }) => [status, setCookie])).toEqual([
      [200, undefined],
      [503, undefined],
    ]);
    expect(sut.store.takeCalls()).toEqual([]);
  });

  it('can be had again once the store says that it is connected', async () => {
    await browser.post('/login?user=alice');
    await ask(({ sessionStore }) => {
      const store = sessionStore as unknown as EventEmitter;
      return [store.emit('disconnect'), store.emit('connect')];
    });

    expect((await browser.get('/guarded')).status).toBe(200);
  });

  it('has the answer wait in front of what compresses it', async () => {
    const app = await startSessionApp({ middleware }, {}, false, (nest) =>
      nest.use((_request: Request, response: Response, next: NextFunction) => {
        const write = response.write.bind(response);
        const end = response.end.bind(response);
        response.end = function (this: Response, chunk: string) {
          write(chunk);
          setImmediate(() => end());
          return this;
        } as Response['end'];
        next();
      }),
    );
    const visitor = new Browser(app.url);

    const answers = [await visitor.post('/data?colour=red'), await visitor.get('/data')];
    await app.close();

    expect(answers[0]!.setCookie).toBeDefined();
    expect(answers[1]!.json()).toEqual({ colour: 'red' });
  });

  it('has an answer withdrawn once, also where what compresses it would send it at once', async () => {
    const store = new WatchedStore();
    const app = await startSessionApp({ middleware, store: store.store }, {}, false, (nest) =>
      nest.use((_request: Request, response: Response, next: NextFunction) => {
        const end = response.end.bind(response);
        response.end = function (this: Response, chunk: string) {
          this.flushHeaders();
          return end(chunk);
        } as Response['end'];
        next();
      }),
    );
    store.failNext('create');

    const answer = await new Browser(app.url).post('/save/unawaited?colour=red');
    await app.close();

    expect([answer.status, answer.setCookie]).toEqual([503, undefined]);
  });

  it('is there, and stored, behind an Express application that is no part of this one', async () => {
    const guest = express();
    @Module({})
    class GuestModule implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(guest).forRoutes('{*path}');
      }
    }
    const app = await startSessionApp({ middleware }, { imports: [GuestModule] });
    const visitor = new Browser(app.url);

    const answers = [await visitor.post('/data?colour=red'), await visitor.get('/data')];
    await app.close();

    expect(answers[0]!.setCookie).toBeDefined();
    expect(answers[1]!.json()).toEqual({ colour: 'red' });
  });

  it.each(['untouched', 'read'])(
    'has an answer of a session that is %s sent at once, and in one piece',
    async (use) => {
      await browser.post('/data?colour=red');
      const seen: unknown[] = [];
      const path = sut.responding((request, response) => {
        if (use === 'read') Object.keys(request.session);
        const sent = countingSends(request.socket);
        response.send('x'.repeat(100));
        seen.push(response.writableEnded, sent());
      });

      await browser.post(path);

      expect(seen).toEqual([true, 1]);
    },
  );
});

/** How often the socket hands something to the system from here on. */
function countingSends(socket: Socket): () => number {
  let sends = 0;
  for (const name of ['_write', '_writev'] as const) {
    const send = socket[name] as (...args: unknown[]) => void;
    Object.assign(socket, {
      [name]: (...args: unknown[]) => {
        sends += 1;
        Reflect.apply(send, socket, args);
      },
    });
  }
  return () => sends;
}

describe('req.session, made by gatehouse,', () => {
  it('is made for nobody who does not read it', async () => {
    const sut = await startHandlerApp();
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
    const path = sut.returning((request) => {
      const before = Object.hasOwn(request, 'session');
      return [before, typeof request.session, Object.hasOwn(request, 'session')];
    });

    const answer = await browser.get(path);
    await sut.close();

    expect(answer.json()).toEqual([false, 'object', true]);
  });
});

describe('the option middleware', () => {
  it.each(['other', '', true])('may not be %j', async (middleware) => {
    await expect(startSessionApp({ middleware: middleware as never })).rejects.toMatchObject({
      code: 'SESSION_CONFIG_INVALID',
      option: 'middleware',
    });
  });
});
