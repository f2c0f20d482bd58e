import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Public, SessionGuard, SessionStoreUnavailableError } from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { eventually } from '../support/eventually.js';
import { Browser } from '../support/browser.js';
import { startPrivateRedis, type PrivateServer } from '../support/private-redis.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';

@Controller('open')
@UseGuards(SessionGuard)
class OpenController {
  @Get()
  @Public()
  open(): string {
    return 'open';
  }
}

const BOUND_MS = 500;
/** What needs no store where there is no session to begin with. */
const WITHOUT_SESSION = new Map([
  ['/logout', 201],
  ['/rotate', 401],
]);

describe('while Redis is away', () => {
  let server: PrivateServer;
  let client: Redis;
  let sut: SessionApp;
  let browser: Browser;

  beforeEach(async () => {
    server = await startPrivateRedis();
    client = new Redis(server.url);
    client.on('error', () => undefined);
    const store = redisStore(client);
    sut = await startSessionApp(
      { store, storeTimeout: BOUND_MS },
      { controllers: [OpenController] },
    );
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
  });

  afterEach(async () => {
    await sut.close();
    client.disconnect();
    await server.stop();
  });

  const elapsed = async <Result>(work: Promise<Result>): Promise<[Result, number]> => {
    const start = performance.now();
    return [await work, performance.now() - start];
  };

  const expectClosed = async (): Promise<void> => {
    const [guarded, took] = await elapsed(browser.get('/guarded'));
    expect(guarded.json()).toMatchObject({ statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' });
    expect(guarded.setCookie).toBeUndefined();
    expect(took).toBeLessThan(BOUND_MS + 1_000);
  };

  const expectRecovery = async (): Promise<void> => {
    await eventually(async () => (await browser.get('/guarded')).status === 200);
  };

  it('guarded routes answer 503 within the bound, and recover by themselves from a stall', async () => {
    server.pause();

    await expectClosed();
    server.resume();

    await expectRecovery();
  });

  it('guarded routes answer 503 after a crash, and recover when the server is back', async () => {
    await server.kill();

    await expectClosed();
    await server.restart();
    await eventually(async () => (await browser.post('/login?user=alice')).status === 201);

    await expectRecovery();
  });

  it('public routes go on without a session, and no cookie moves', async () => {
    await server.kill();

    const open = await browser.get('/open');
    const read = await browser.get('/data');

    expect([open.text, open.setCookie]).toEqual(['open', undefined]);
    expect([read.status, read.json(), read.setCookie]).toEqual([200, {}, undefined]);
  });

  it.each(['/data?colour=red', '/save?colour=red', '/login?user=alice', '/logout', '/rotate'])(
    'POST %s answers 503 and moves no cookie, with a session and without',
    async (path) => {
      await server.kill();

      const answers = [await browser.post(path), await new Browser(sut.url).post(path)];

      const [held, fresh] = answers;
      expect(held!.status).toBe(503);
      expect(fresh!.status).toBe(WITHOUT_SESSION.get(path) ?? 503);
      expect(answers.map(({ setCookie }) => setCookie)).toEqual([undefined, undefined]);
    },
  );
});

describe('when only the write fails', () => {
  it('the answer is withdrawn: 503, and no cookie for a session that was not stored', async () => {
    const store = memoryStore();
    const failing = withInstead(store, {
      create: () => Promise.reject(new SessionStoreUnavailableError('create')),
    });
    const sut = await startSessionApp({ store: failing });

    const answer = await new Browser(sut.url).post('/data?colour=red');
    await sut.close();

    expect(answer.json()).toMatchObject({ statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' });
    expect(answer.setCookie).toBeUndefined();
    expect(answer.headers.get('etag')).toBeNull();
  });

  it('failing to record activity does not fail the request', async () => {
    const store = memoryStore();
    const failing = withInstead(store, {
      touch: () => Promise.reject(new SessionStoreUnavailableError('touch')),
    });
    const sut = await startSessionApp({ store: failing, touchInterval: 0 });
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');

    const answer = await browser.get('/guarded');
    await sut.close();

    expect(answer.status).toBe(200);
  });
});
