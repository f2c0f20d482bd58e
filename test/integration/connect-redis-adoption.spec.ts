import { parse } from 'cookie';
import { unsign } from 'cookie-signature';
import type { Redis } from 'ioredis';
import { connectRedis } from 'nestjs-gatehouse/connect-redis';
import supertest from 'supertest';
import { SessionAdoption } from '../../src/core/adoption/session-adoption.js';
import { createSessionCore } from '../../src/core/session-core.js';
import { resolveSessionOptions } from '../../src/core/policy/session-options.js';
import { shardOfUser } from '../../src/core/user.js';
import { MemorySessionStore } from '../../src/storage/memory/memory-store.js';
import { someSettings } from '../../src/testing/builders.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { LEGACY_SECRET, legacyApplication } from '../support/legacy-app.js';
import { freshPrefix, openRedis } from '../support/servers.js';

const DAY_MS = 86_400_000;
const DEVICE = { ip: '192.0.2.1' };
const USER_AGENT = { userAgent: 'Agent/1.0' };

interface LegacyCookie {
  readonly header: string;
  readonly sid: string;
}

const legacyCookieOf = (response: supertest.Response): LegacyCookie => {
  const [header = ''] = response.get('Set-Cookie') ?? [];
  const value = parse(header)['connect.sid'] ?? '';
  const sid = unsign(value.slice(2), LEGACY_SECRET);
  if (sid === false) throw new Error('The old application set no cookie');
  return { header: header.slice(0, header.indexOf(';')), sid };
};

describe('moving in from express-session and connect-redis', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = openRedis();
  });

  afterAll(async () => {
    await redis.quit();
  });

  async function setUp() {
    const prefix = `${freshPrefix()}:`;
    const old = legacyApplication(redis, prefix);
    const clock = new FakeClock();
    const options = resolveSessionOptions();
    const store = new MemorySessionStore();
    await store.start(someSettings({ clock }));
    const core = createSessionCore({
      store,
      options,
      clock,
      listener: { notice: () => undefined, outboxGrew: () => undefined },
      reportError: () => undefined,
    });
    const until = clock.now() + 2 * DAY_MS;
    const source = connectRedis({ client: redis, prefix, secret: LEGACY_SECRET, until, clock });
    const adoption = new SessionAdoption({ ...core, source, key: 'our-secret' });
    return {
      ...core,
      clock,
      until,
      source,
      adoption,
      key: (sid: string) => `${prefix}${sid}`,
      adopt: (sid: string) => adoption.adopt(sid, DEVICE, USER_AGENT),
      login: async (user: string) =>
        legacyCookieOf(await supertest(old).post(`/login/${user}`).expect(200)),
      visit: (cookie: LegacyCookie) =>
        supertest(old).get('/visits').set('Cookie', cookie.header).expect(200),
      sessionsOf: async (userId: string) => {
        const user = { tenantId: '', userId };
        return (await store.list(user, { limit: 10 }, clock.now())).items;
      },
      eventsOf: async (userId: string) => {
        const shard = shardOfUser({ tenantId: '', userId }, store.shards);
        const entries = await store.readOutbox(shard, 1000);
        return entries.map(({ event }) => event).filter((event) => event.userId === userId);
      },
    };
  }

  it('adopts 100 users once each under parallel first requests', async () => {
    const world = await setUp();
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const cookies = await Promise.all(users.map(world.login));

    const adopted = await Promise.all(
      cookies.map(({ sid }) => Promise.all(Array.from({ length: 10 }, () => world.adopt(sid)))),
    );

    const tokens = adopted.map((ones) => new Set(ones.map((one) => one?.issued?.token)));
    expect(tokens.map(({ size }) => size)).toEqual(users.map(() => 1));
    expect(new Set(tokens.flatMap((ones) => [...ones])).size).toBe(100);
    for (const [index, user] of users.entries()) {
      const sessions = await world.sessionsOf(user);
      expect(sessions.map(({ id }) => id)).toEqual([adopted[index]?.[0]?.issued?.session.id]);
      expect((await world.eventsOf(user)).map(({ type }) => type)).toEqual(['session.adopted']);
    }
  });

  it('brings the data of the old application along, but not its cookie', async () => {
    const world = await setUp();
    const cookie = await world.login('ada');
    await world.visit(cookie);

    const adopted = await world.adopt(cookie.sid);

    expect(adopted?.issued?.session).toMatchObject({ user: { tenantId: '', userId: 'ada' } });
    expect(adopted?.issued?.session.data).toEqual({ passport: '{"user":"ada"}', visits: '1' });
  });

  it('adopts anonymous sessions too', async () => {
    const world = await setUp();
    const cookie = legacyCookieOf(await world.visit({ header: '', sid: '' }));

    const adopted = await world.adopt(cookie.sid);

    expect(adopted?.issued?.session).toMatchObject({ data: { visits: '1' } });
    expect(adopted?.issued?.session.user).toBeUndefined();
  });

  it('gives the same token again when the first answer was lost', async () => {
    const world = await setUp();
    const { sid } = await world.login('ada');

    const first = await world.adopt(sid);
    const second = await world.adopt(sid);

    expect(second?.issued?.token).toBe(first?.issued?.token);
    expect(await world.sessionsOf('ada')).toHaveLength(1);
  });

  it('lets nothing come back when the old application writes an ended session again', async () => {
    const world = await setUp();
    const cookie = await world.login('ada');
    const adopted = await world.adopt(cookie.sid);
    await world.adoption.settle(cookie.sid, adopted!.issued!.session.id);
    const stillOpen = await redis.exists(world.key(cookie.sid));
    const writtenBack = { cookie: { path: '/' }, passport: { user: 'ada' } };
    await redis.set(world.key(cookie.sid), JSON.stringify(writtenBack), 'EX', 86_400);
    await world.visit(cookie);
    const why = { reason: 'admin', initiator: 'admin' } as const;
    await world.directory.revoke(adopted!.issued!.session.id, why);

    const again = await world.adopt(cookie.sid);
    await world.visit(cookie);
    const onceMore = await world.adopt(cookie.sid);

    expect(stillOpen).toBe(0);
    expect(again?.verdict).toMatchObject({ state: 'revoked', reason: 'admin' });
    expect(onceMore?.verdict).toMatchObject({ state: 'revoked', reason: 'admin' });
    expect(again?.issued).toBeUndefined();
    expect(await world.sessionsOf('ada')).toEqual([]);
    expect((await world.eventsOf('ada')).map(({ type }) => type)).toEqual([
      'session.adopted',
      'session.revoked',
    ]);
  });

  it('deletes the legacy session once its successor is in use, and no other', async () => {
    const world = await setUp();
    const [adas, bobs] = await Promise.all([world.login('ada'), world.login('bob')]);
    const adopted = await world.adopt(adas.sid);

    await world.adoption.settle(bobs.sid, adopted!.issued!.session.id);
    const before = await redis.exists(world.key(adas.sid), world.key(bobs.sid));
    await world.adoption.settle(adas.sid, adopted!.issued!.session.id);
    await world.adoption.settle(adas.sid, adopted!.issued!.session.id);

    expect(before).toBe(2);
    expect(await redis.exists(world.key(adas.sid))).toBe(0);
    expect(await redis.exists(world.key(bobs.sid))).toBe(1);
    const visit = await world.visit(adas);
    expect(visit.body).toEqual({ visits: 1 });
  });

  it('reads nothing from the day on that the option names', async () => {
    const world = await setUp();
    const { sid } = await world.login('ada');
    world.clock.set(world.until);

    expect(await world.adopt(sid)).toBeUndefined();
    expect(await world.sessionsOf('ada')).toEqual([]);
  });

  it('adopts nothing under ids that the old application never gave out', async () => {
    const world = await setUp();
    const { sid } = await world.login('ada');

    const adopted = await Promise.all(
      [`${sid}x`, sid.slice(1), `../${sid}`, '*', '\u0000', world.key(sid)].map(world.adopt),
    );

    expect(adopted).toEqual(adopted.map(() => undefined));
    expect(await world.sessionsOf('ada')).toEqual([]);
  });
});
