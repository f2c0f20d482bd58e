import type { Redis } from 'ioredis';
import { freshPrefix, openRedis } from '../../../test/support/servers.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { ConnectRedisOptions } from './connect-redis-options.js';
import { connectRedis } from './connect-redis-source.js';

const HOUR_MS = 3_600_000;
const COOKIE = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' };
const HOUR_COOKIE = {
  ...COOKIE,
  originalMaxAge: HOUR_MS,
  expires: new Date(Date.now() - HOUR_MS).toISOString(),
};

describe('connectRedis', () => {
  let redis: Redis;
  let prefix: string;
  let clock: FakeClock;

  beforeAll(() => {
    redis = openRedis();
  });

  beforeEach(() => {
    prefix = `${freshPrefix()}:`;
    clock = new FakeClock();
  });

  afterAll(async () => {
    await redis.quit();
  });

  const open = (options: Partial<ConnectRedisOptions> = {}) =>
    connectRedis({
      client: redis,
      prefix,
      secret: 'legacy-secret',
      until: clock.now() + HOUR_MS,
      clock,
      ...options,
    });

  const store = (sid: string, session: object, ttlMs: number = HOUR_MS / 2) =>
    redis.set(`${prefix}${sid}`, JSON.stringify(session), 'PX', ttlMs);

  it('keeps every key but the cookie, as JSON text', async () => {
    await store('sid', { cookie: COOKIE, cart: ['tea'], visits: 3 });

    const found = await open().find('sid');

    expect(found?.data).toEqual({ cart: '["tea"]', visits: '3' });
  });

  it.each([
    ['a key that UTF-8 cannot hold', '{"cookie":{},"\\ud800":1}'],
    ['nesting without end', `{"cookie":{},"deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ])('finds no session in what has %s', async (_, text) => {
    await redis.set(`${prefix}sid`, text);

    expect(await open().find('sid')).toBeUndefined();
  });

  it('takes the user from passport by default', async () => {
    await store('sid', { cookie: COOKIE, passport: { user: 7 } });

    expect((await open().find('sid'))?.user).toEqual({ userId: '7' });
  });

  it.each([
    ['a user id', 'ada', { userId: 'ada' }],
    [
      'a user of a tenant',
      { tenantId: 'acme', userId: 'ada' },
      { tenantId: 'acme', userId: 'ada' },
    ],
    ['nobody', undefined, undefined],
  ])('takes the user that userIdOf names: %s', async (_name, named, user) => {
    await store('sid', { cookie: COOKIE, who: 'ada' });

    const found = await open({ userIdOf: () => named }).find('sid');

    expect(found?.user).toEqual(user);
  });

  it("tells a session's times by its key's deadline, not by the cookie stored with it", async () => {
    await store('sid', { cookie: HOUR_COOKIE });

    const found = await open().find('sid');

    expect(found?.expiresAt).toBeGreaterThan(clock.now() + HOUR_MS / 2 - 5_000);
    expect(found?.expiresAt).toBeLessThanOrEqual(clock.now() + HOUR_MS / 2);
    expect(found?.lastSeenAt).toBe(found!.expiresAt! - HOUR_MS);
  });

  it.each([
    ['a number of seconds', 7200, COOKIE, 7200_000],
    ["the cookie's maxAge, before a number", 7200, HOUR_COOKIE, HOUR_MS],
    ["a function, before the cookie's maxAge", () => 5400, HOUR_COOKIE, 5400_000],
  ])('tells when a session was last seen by %s', async (_name, ttl, cookie, lifetimeMs) => {
    await store('sid', { cookie });

    const found = await open({ ttl }).find('sid');

    const silentMs = clock.now() - found!.lastSeenAt!;
    expect(silentMs).toBeGreaterThanOrEqual(lifetimeMs - HOUR_MS / 2);
    expect(silentMs).toBeLessThan(lifetimeMs - HOUR_MS / 2 + 5_000);
  });

  it('guesses no times', async () => {
    await store('session-cookie', { cookie: COOKIE });
    await redis.set(`${prefix}without-ttl`, JSON.stringify({ cookie: HOUR_COOKIE }));

    expect(await open().find('session-cookie')).toEqual({ data: {} });
    expect(await open().find('without-ttl')).toEqual({ data: {} });
  });

  it.each([
    ['broken JSON', '{"cookie":{'],
    ['no object', '7'],
    ['a list', '[{"cookie":{}}]'],
    ['without a cookie', '{"user":"ada"}'],
    ['larger than a mebibyte', JSON.stringify({ cookie: COOKIE, blob: 'x'.repeat(1_048_576) })],
  ])('finds no session in a value that is %s', async (_name, text) => {
    await redis.set(`${prefix}sid`, text, 'PX', HOUR_MS);

    expect(await open().find('sid')).toBeUndefined();
  });

  it('finds nothing under another prefix', async () => {
    await store('sid', { cookie: COOKIE });

    expect(await open({ prefix: `${prefix}other:` }).find('sid')).toBeUndefined();
    expect(await open().find('nobody')).toBeUndefined();
  });

  it('removes a session, and its absence is no error', async () => {
    await store('sid', { cookie: COOKIE });

    await open().remove('sid');
    await open().remove('sid');

    expect(await open().find('sid')).toBeUndefined();
  });

  it('passes on that Redis failed', async () => {
    const closed = openRedis({ lazyConnect: true, enableOfflineQueue: false });

    await expect(open({ client: closed }).find('sid')).rejects.toThrow();
    closed.disconnect();
  });
});
