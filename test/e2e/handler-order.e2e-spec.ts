import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { Browser } from '../support/browser.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';
import {
  callWithoutCallback,
  startHandlerApp,
  type Handler,
  type HandlerApp,
} from '../support/handler-app.js';
import { promised } from '../support/session-app.js';

const ALICE = { userId: 'alice' };

describe.each(MIDDLEWARE_KINDS)('within one request, under %s,', (middleware) => {
  let sut: HandlerApp;
  let browser: Browser;

  beforeEach(async () => {
    sut = await startHandlerApp({ middleware });
    browser = new Browser(sut.url);
  });

  afterEach(() => sut.close());

  describe('what the handler began and did not wait for', () => {
    it('such as destroy, is over before the answer, which removes the cookie', async () => {
      await browser.post('/login?user=alice');
      const gate = sut.store.holdNext('revoke');
      const path = sut.responding(({ session }, response) => {
        callWithoutCallback(session, 'destroy');
        response.send('bye');
      });

      const answering = browser.post(path);
      await gate.arrived(1);
      gate.open();

      expect((await answering).setCookie).toBe('');
      expect(await sut.liveSessionsOf('alice')).toBe(0);
    });

    it('such as a destroy that failed, is no success', async () => {
      await browser.post('/login?user=alice');
      sut.store.failNext('revoke');
      const path = sut.responding(({ session }, response) => {
        callWithoutCallback(session, 'destroy');
        response.send('bye');
      });

      const answer = await browser.post(path);

      expect([answer.status, answer.setCookie]).toEqual([503, undefined]);
      expect((await browser.get('/guarded')).status).toBe(200);
    });

    it('such as a save that failed, is no success, however long ago', async () => {
      const gate = sut.store.holdNext('create');
      sut.store.failNext('create');
      const path = sut.returning(async ({ session }) => {
        Object.assign(session, { colour: 'red' });
        session.save();
        await gate.arrived(1);
        gate.open();
        await setImmediate();
        return 'written';
      });

      const answer = await browser.post(path);

      expect([answer.status, answer.setCookie]).toEqual([503, undefined]);
      expect(sut.store.takeCalls()).toEqual(['create']);
    });
  });

  describe('one thing is done after the other:', () => {
    it('save, then login, signs in', async () => {
      const gate = sut.store.holdNext('create');
      const path = sut.returning(async (request, _response, sessions) => {
        Object.assign(request.session, { colour: 'red' });
        request.session.save();
        const login = sessions.login(request, ALICE);
        await gate.arrived(1);
        gate.open();
        await login;
      });

      await browser.post(path);

      expect((await browser.get('/guarded')).json()).toEqual({ colour: 'red' });
      expect(await sut.liveSessionsOf('alice')).toBe(1);
    });

    it('two logins open one session', async () => {
      const path = sut.returning(async (request, _response, sessions) => {
        await Promise.all([sessions.login(request, ALICE), sessions.login(request, ALICE)]);
      });

      await browser.post(path);

      expect(await sut.liveSessionsOf('alice')).toBe(1);
      expect((await browser.get('/guarded')).status).toBe(200);
    });

    it('save, then destroy, leaves no session and no cookie', async () => {
      const path = sut.returning(async ({ session }) => {
        Object.assign(session, { userId: 'alice' });
        session.save();
        await promised((done) => session.destroy(done));
      });

      const answer = await browser.post(path);

      expect(answer.setCookie).toBeUndefined();
      expect(await sut.liveSessionsOf('alice')).toBe(0);
    });

    it('a write while a login is under way is kept', async () => {
      const gate = sut.store.holdNext('create');
      const path = sut.returning(async (request, _response, sessions) => {
        const login = sessions.login(request, ALICE);
        await gate.arrived(1);
        Object.assign(request.session, { colour: 'red' });
        gate.open();
        await login;
      });

      await browser.post(path);

      expect((await browser.get('/guarded')).json()).toEqual({ colour: 'red' });
    });

    it('destroy, then login, signs in', async () => {
      const path = sut.returning(async (request, _response, sessions) => {
        await promised((done) => request.session.destroy(done));
        await sessions.login(request, ALICE);
      });

      await browser.post(path);

      expect((await browser.get('/guarded')).status).toBe(200);
    });

    it('taking req.session away, then a login as another, ends the session before', async () => {
      await browser.post('/login?user=alice');
      const path = sut.returning(async (request, _response, sessions) => {
        Reflect.set(request, 'session', null);
        await sessions.login(request, { userId: 'bob' });
      });

      await browser.post(path);

      expect(await sut.liveSessionsOf('alice')).toBe(0);
      expect(await sut.liveSessionsOf('bob')).toBe(1);
    });

    it('logout, then a write, is stored, also where the answer is streamed', async () => {
      await browser.post('/login?user=alice');
      const path = sut.responding(async (request, response, sessions) => {
        await sessions.logout(request);
        Object.assign(request.session, { message: 'bye' });
        response.write('first,');
        response.end('last');
      });

      await browser.post(path);

      expect((await browser.get('/data')).json()).toEqual({ message: 'bye' });
      expect((await browser.get('/guarded')).status).toBe(401);
    });
  });

  describe('an ended session does not come back', () => {
    it('by saving what req.session was before destroy', async () => {
      await browser.post('/data?userId=alice');
      const path = sut.returning(async ({ session }) => {
        Object.assign(session, { colour: 'red' });
        await promised((done) => session.destroy(done));
        await promised((done) => session.save(() => done()));
      });

      const answer = await browser.post(path);

      expect(answer.setCookie).toBe('');
      expect(await sut.liveSessionsOf('alice')).toBe(0);
      expect((await browser.get('/guarded')).status).toBe(401);
    });

    it('by saving what req.session was before logout, not even for a moment', async () => {
      await browser.post('/data?userId=alice');
      sut.store.takeCalls();
      const path = sut.returning(async (request, _response, sessions) => {
        const { session } = request;
        await sessions.logout(request);
        Object.assign(session, { colour: 'red' });
        await promised((done) => session.save(() => done()));
      });

      await browser.post(path);

      expect(sut.store.takeCalls()).toEqual(['find', 'revoke']);
    });
  });

  describe('regenerate', () => {
    it('after a logout by hand goes on with a session that is stored', async () => {
      await browser.post('/data?userId=alice');
      const path = sut.returning(async (request) => {
        Object.assign(request.session, { userId: null });
        await promised((done) => request.session.save(done));
        await promised((done) => request.session.regenerate(done));
        Object.assign(request.session, { message: 'bye' });
      });

      await browser.post(path);

      expect((await browser.get('/data')).json()).toEqual({ message: 'bye' });
      expect(await sut.liveSessionsOf('alice')).toBe(0);
    });

    it.each<[string, Handler]>([
      ['login', (request, _response, sessions) => sessions.login(request, ALICE)],
      ['rotation', (request, _response, sessions) => sessions.rotate(request)],
    ])('after a %s sends no token of the session it ended', async (_name, renew) => {
      await browser.post('/login?user=bob');
      const path = sut.returning(async (request, response, sessions) => {
        await renew(request, response, sessions);
        await promised((done) => request.session.regenerate(done));
      });

      const answer = await browser.post(path);

      expect(answer.setCookie).toBe('');
      expect((await browser.get('/guarded')).status).toBe(401);
    });

    it('with nothing written lets the next request write', async () => {
      await browser.post('/login?user=alice');
      await browser.post('/regenerate');

      await browser.post('/data?colour=red');

      expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    });
  });

  describe('when the store fails on the way', () => {
    it('a write is tried once, and is not there after all', async () => {
      await browser.post('/data?colour=red');
      sut.store.takeCalls();
      sut.store.failNext('save');

      const answer = await browser.post('/data?size=xl');

      expect(answer.status).toBe(503);
      expect(sut.store.takeCalls()).toEqual(['find', 'save']);
      expect((await browser.get('/data')).json()).toEqual({ colour: 'red' });
    });

    it('a login that could not end the anonymous session is a login, and loses no data', async () => {
      await browser.post('/data?colour=red');
      sut.store.failNext('revoke');

      const login = await browser.post('/login?user=alice');

      expect(login.status).toBe(201);
      expect((await browser.get('/guarded')).json()).toEqual({ colour: 'red' });
      expect(await sut.liveSessionsOf('alice')).toBe(1);
    });

    it('a login that could not carry over what was written meanwhile is a login', async () => {
      await browser.post('/data?colour=red');
      const path = sut.returning(async (request, _response, sessions) => {
        await sut.gate.wait();
        await sessions.login(request, ALICE);
      });
      const login = browser.post(path);
      await sut.gate.arrived(1);
      await browser.copy().post('/data?size=xl');
      sut.store.failNext('save');

      sut.gate.open();

      expect((await login).status).toBe(200);
      expect((await browser.get('/guarded')).json()).toMatchObject({ colour: 'red' });
      expect(await sut.liveSessionsOf('alice')).toBe(1);
    });
  });
});
