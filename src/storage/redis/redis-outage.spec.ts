import { Redis, type RedisOptions } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionLayoutMismatchError, SessionStoreUnavailableError } from '../../core/errors.js';
import { newSessionId } from '../../core/ids.js';
import type { Operation } from '../../core/session-store.js';
import { systemClock } from '../../core/clock.js';
import { anOperation, aSession, someSettings } from '../../testing/index.js';
import {
  documentedPermissions,
  startPrivateRedis,
  type PrivateServer,
} from '../../../test/support/private-redis.js';
import type { RedisStoreOptions } from './redis-store-options.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';

const TIMEOUT_MS = 400;
const SLACK_MS = 250;

const operationWithin = (budgetMs: number, overrides: Partial<Operation> = {}): Operation =>
  anOperation(systemClock, { deadline: systemClock.now() + budgetMs, ...overrides });

const timed = async (
  call: () => Promise<unknown>,
): Promise<{ error: unknown; elapsedMs: number }> => {
  const begun = performance.now();
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, elapsedMs: performance.now() - begun };
};

async function recovered(store: RedisSessionStore): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; await delay(20))
    if ((await store.health()).available) return;
  throw new Error('The store did not recover');
}

/** The first word of what it answers to a question, however it is. */
async function answerOf(port: number): Promise<string> {
  const redis = new Redis(port, { enableReadyCheck: false, retryStrategy: () => null });
  redis.on('error', () => undefined);
  const answer = await redis.get('other:0').catch(({ message }: Error) => message);
  redis.disconnect();
  return String(answer).split(' ')[0]!;
}

describe('a Redis store whose server', () => {
  let server: PrivateServer;
  let opened: (Redis | RedisSessionStore)[];
  let warnings: string[];

  beforeEach(async () => {
    server = await startPrivateRedis();
    opened = [];
    warnings = [];
  });
  afterEach(async () => {
    for (const each of opened) await ('disconnect' in each ? each.disconnect() : each.close());
    await server.stop();
  });

  const clientOf = (options: RedisOptions = {}): Redis => {
    const client = new Redis(server.url, options);
    client.on('error', () => undefined);
    opened.push(client);
    return client;
  };
  const storeOf = (
    options: RedisStoreOptions = {},
    client = clientOf({ lazyConnect: true }),
  ): RedisSessionStore => {
    const store = redisStore(client, options);
    opened.push(store);
    return store;
  };
  const settings = someSettings({
    storeTimeoutMs: TIMEOUT_MS,
    warn: (message) => warnings.push(message),
  });
  const started = async (options: RedisStoreOptions = {}): Promise<RedisSessionStore> => {
    const store = storeOf(options);
    await store.start(settings);
    return store;
  };
  const login = async (store: RedisSessionStore): Promise<ReturnType<typeof aSession>> => {
    const session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, operationWithin(2_000));
    return session;
  };

  describe('is away at start', () => {
    it('starts with a warning that names the host and no password', async () => {
      await server.kill();
      const store = storeOf({}, clientOf({ lazyConnect: true, password: 'secret-password' }));

      const start = await timed(() => store.start(settings));
      const call = await timed(() => store.find(newSessionId(0)));

      expect(start.error).toBeUndefined();
      expect(start.elapsedMs).toBeLessThan(2_000 + SLACK_MS);
      expect(warnings).toEqual([expect.stringContaining(`127.0.0.1:${server.port}`)]);
      expect(warnings.join()).not.toContain('secret-password');
      expect(call.error).toBeInstanceOf(SessionStoreUnavailableError);
      expect(call.elapsedMs).toBeLessThan(SLACK_MS);
    });

    it('takes no session for missing before it knows how many shards there are', async () => {
      await server.kill();
      const store = storeOf();
      await store.start(settings);
      const id = newSessionId(store.shards);

      const calls = [
        await timed(() => store.find(id)),
        await timed(() => store.touch(id, operationWithin(1_000))),
      ];

      for (const { error } of calls) expect(error).toBeInstanceOf(SessionStoreUnavailableError);
    });

    it('serves as soon as it is there, with the number of shards found', async () => {
      await (await started({ shards: 7 })).close();
      await clientOf().save();
      await server.kill();
      const store = storeOf();
      await store.start(settings);

      await server.restart();
      await recovered(store);

      expect(store.shards).toBe(7);
    });
  });

  describe('is silent', () => {
    it('rejects a read within the timeout, and a change within its deadline', async () => {
      const store = await started();
      const session = await login(store);
      server.pause();

      const read = await timed(() => store.find(session.id));
      const change = await timed(() => store.touch(session.id, operationWithin(150)));

      server.resume();
      expect([read.error, change.error]).toEqual([
        expect.any(SessionStoreUnavailableError),
        expect.any(SessionStoreUnavailableError),
      ]);
      expect(read.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
      expect(change.elapsedMs).toBeLessThan(150 + SLACK_MS);
    });

    it('never does later what it was too late for', async () => {
      const store = await started();
      const session = await login(store);
      server.pause();
      await timed(() => store.revoke({ id: session.id, reason: 'logout' }, operationWithin(150)));

      server.resume();
      await recovered(store);

      expect(await store.find(session.id)).toMatchObject({ session: { state: 'active' } });
    });

    it('drops a connection that stays silent, so that calls do not pile up', async () => {
      const store = await started();
      await login(store);
      server.pause();
      await timed(() => store.find(newSessionId(0)));
      await delay(2 * TIMEOUT_MS);

      const { error, elapsedMs } = await timed(() => store.find(newSessionId(0)));

      server.resume();
      expect(error).toBeInstanceOf(SessionStoreUnavailableError);
      expect(elapsedMs).toBeLessThan(50);
      await recovered(store);
    });
  });

  describe('is killed', () => {
    it('rejects calls at once, warns once, and recovers by itself when it is back', async () => {
      const store = await started();
      await login(store);
      await server.kill();
      await timed(() => store.find(newSessionId(0)));

      const calls = await Promise.all(
        Array.from({ length: 20 }, () => timed(() => store.find(newSessionId(0)))),
      );
      await server.restart();
      await recovered(store);
      const session = await login(store);

      expect(Math.max(...calls.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(SLACK_MS);
      expect(warnings.filter((warning) => warning.includes('is unavailable'))).toHaveLength(1);
      expect(await store.find(session.id)).toMatchObject({ session: { state: 'active' } });
    });

    it('rejects what was under way', async () => {
      const store = await started();
      server.pause();
      const underWay = timed(() => store.find(newSessionId(0)));

      await server.kill();

      expect((await underWay).error).toBeInstanceOf(SessionStoreUnavailableError);
    });
  });

  describe('cuts the connection between a script and its answer', () => {
    it('answers a repetition as it would have, and has the effect once', async () => {
      const store = await started();
      const session = await login(store);
      const operation = operationWithin(5_000);
      await store.revoke({ id: session.id, reason: 'logout' }, operation);
      await clientOf().call('client', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await recovered(store);

      const again = await store.revoke({ id: session.id, reason: 'logout' }, operation);

      expect(again).toMatchObject({ result: 'revoked', session: { id: session.id } });
    });
  });

  describe('is laid out otherwise', () => {
    it('refuses to start, and says both numbers', async () => {
      await started({ shards: 8 });
      const other = storeOf({ shards: 16 });

      const { error } = await timed(() => other.start(settings));

      expect(error).toBeInstanceOf(SessionLayoutMismatchError);
      expect((error as Error).message).toMatch(/\b8 shards\b.*\b16 shards\b/);
    });

    it('takes the number of shards that it finds where none is asked for', async () => {
      await started({ shards: 8 });

      const other = await started();

      expect(other.shards).toBe(8);
    });

    it('refuses another layout of keys', async () => {
      await clientOf().hset('gh:meta', { layout: 2, shards: 64 });

      const { error } = await timed(() => storeOf().start(settings));

      expect(error).toBeInstanceOf(SessionLayoutMismatchError);
    });

    it('stays unavailable, with a warning, where that comes to light later', async () => {
      const store = await started();
      const admin = clientOf();
      await admin.hset('gh:meta', { shards: 32 });
      await admin.call('client', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await delay(TIMEOUT_MS);

      const { error } = await timed(() => store.find(newSessionId(0)));

      expect(error).toMatchObject({
        code: 'SESSION_STORE_UNAVAILABLE',
        cause: expect.any(SessionLayoutMismatchError),
      });
      expect(warnings.join()).toMatch(/32 shards/);
    });
  });

  describe('is held up by a script of somebody else', () => {
    const HOLD_UP = `
      redis.call('SET', 'other', 1)
      local begun = redis.call('TIME')[1]
      while redis.call('TIME')[1] - begun < 2 do end`;

    it('rejects at once what Redis is too busy for, and recovers by itself', async () => {
      const store = await started();
      const session = await login(store);
      const watcher = clientOf();
      await watcher.config('SET', 'busy-reply-threshold', '20');
      const running = clientOf().eval(HOLD_UP, 0);
      await delay(150);

      const read = await timed(() => store.find(session.id));
      const change = await timed(() => store.touch(session.id, operationWithin(TIMEOUT_MS)));
      const kill = await watcher.script('KILL').catch(({ message }: Error) => message);
      await running;
      await recovered(store);

      expect([read.error, change.error]).toEqual([
        expect.any(SessionStoreUnavailableError),
        expect.any(SessionStoreUnavailableError),
      ]);
      expect(read.elapsedMs).toBeLessThan(SLACK_MS);
      expect(change.elapsedMs).toBeLessThan(SLACK_MS);
      expect(kill).toContain('UNKILLABLE');
      expect(await store.touch(session.id, operationWithin(1_000))).toBe('touched');
    });
  });

  describe('is loading its data', () => {
    it('is unavailable until that is done, and recovers by itself', async () => {
      await server.stop();
      const slowly = { 'key-load-delay': 1_000, 'loading-process-events-interval-bytes': 1_024 };
      server = await startPrivateRedis({
        args: Object.entries(slowly).flatMap(([key, value]) => [`--${key}`, String(value)]),
      });
      const store = await started();
      const session = await login(store);
      const admin = clientOf();
      await admin.mset(
        Object.fromEntries(Array.from({ length: 1_500 }, (_, key) => [`other:${key}`, 'x'])),
      );
      await admin.save();

      await server.kill();
      const restarting = server.restart();
      const answers = new Set<string>();
      for (const until = Date.now() + 1_200; Date.now() < until; await delay(50))
        answers.add(await answerOf(server.port));
      const loading = await timed(() => store.find(session.id));
      await restarting;
      await recovered(store);

      expect(answers).toContain('LOADING');
      expect(loading.error).toBeInstanceOf(SessionStoreUnavailableError);
      expect(loading.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
      expect(await store.touch(session.id, operationWithin(1_000))).toBe('touched');
    });
  });

  describe('is full', () => {
    it('still ends sessions, and opens none', async () => {
      const store = await started();
      const session = await login(store);
      await clientOf().config('SET', 'maxmemory', '1');

      const opening = await timed(() => login(store));
      const ending = await store.revoke(
        { id: session.id, reason: 'logout' },
        operationWithin(1_000),
      );

      expect(opening.error).toBeInstanceOf(SessionStoreUnavailableError);
      expect(ending.result).toBe('revoked');
    });
  });

  describe('may delete keys for want of memory', () => {
    it('warns, and says so in its health', async () => {
      await clientOf().config('SET', 'maxmemory-policy', 'allkeys-lru');

      const store = await started();

      expect(warnings).toEqual([expect.stringContaining('allkeys-lru')]);
      expect(await store.health()).toMatchObject({
        available: true,
        details: { memoryPolicy: 'allkeys-lru' },
      });
    });

    it('warns where that cannot be known', async () => {
      const admin = clientOf();
      const rules = documentedPermissions('gh:*').filter((rule) => rule !== '+info');
      await admin.acl('SETUSER', 'app', 'on', '>app-password', ...rules);
      const client = clientOf({
        lazyConnect: true,
        username: 'app',
        password: 'app-password',
        enableReadyCheck: false,
      });

      const store = storeOf({}, client);
      await store.start(settings);

      expect(warnings).toEqual([expect.stringContaining('does not tell')]);
      expect(await store.health()).toMatchObject({
        available: true,
        details: { memoryPolicy: 'unknown' },
      });
    });
  });
});
