import { Redis } from 'ioredis';
import { SessionConfigInvalidError, SessionStoreUnavailableError } from '../../core/errors.js';
import { newSessionId, shardOfSession } from '../../core/ids.js';
import type { NewSession, Operation } from '../../core/session-store.js';
import { shardOfUser, type User } from '../../core/user.js';
import {
  anAnonymousSession,
  anOperation,
  aSession,
  aTokenHash,
  aUser,
  FakeClock,
  someSettings,
} from '../../testing/index.js';
import { sentCommands } from '../../../test/support/sent-commands.js';
import { freshPrefix, openRedis } from '../../../test/support/servers.js';
import { shardKeys, type ShardKeys } from './redis-keys.js';
import type { RedisStoreOptions } from './redis-store-options.js';
import { redisStore, RedisSessionStore } from './redis-store.js';
import { runScript } from './script.js';
import { pack } from './session-packing.js';
import { save } from './session-scripts.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;

describe('Redis store', () => {
  let redis: Redis;
  let prefix: string;
  let clock: FakeClock;
  let store: RedisSessionStore;

  beforeEach(async () => {
    redis = openRedis();
    prefix = freshPrefix();
    clock = new FakeClock();
    store = redisStore(redis, { prefix });
    await store.start(someSettings({ clock }));
  });
  afterEach(async () => {
    await store.close();
    await redis.unlink(await redis.keys(`${prefix}:*`));
    await redis.quit();
  });

  const operation = (overrides: Partial<Operation> = {}): Operation =>
    anOperation(clock, overrides);
  const keysOf = (subject: User | NewSession): ShardKeys =>
    shardKeys(
      prefix,
      'id' in subject ? shardOfSession(subject.id) : shardOfUser(subject, store.shards),
    );
  const login = async (
    overrides: Partial<NewSession> = {},
  ): Promise<NewSession & { user: User }> => {
    const session = aSession({ clock, shards: store.shards }, overrides);
    await store.create({ session }, operation());
    return { ...session, user: session.user! };
  };

  describe('commands', () => {
    /** What the store sends in the course of a call; what scripts call is not counted. */
    const sent = async (call: () => Promise<unknown>): Promise<number> =>
      (await sentCommands(redis, call, { mentioning: prefix })).length;

    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      'an anonymous session': () =>
        store.create({ session: anAnonymousSession({ clock }) }, operation()),
      'a login': () =>
        store.create(
          {
            session: aSession({ clock, shards: store.shards }),
            limit: { max: 5, onLimit: 'evict-oldest' },
          },
          operation(),
        ),
      'a read': () => store.find(newSessionId(0)),
      'a read of many in one shard': () => store.findMany([newSessionId(0), newSessionId(0)]),
      'a save': () => store.save({ id: newSessionId(0), set: { a: '1' }, remove: [] }, operation()),
      'a touch': () => store.touch(newSessionId(0), operation()),
      'a rotation': () =>
        store.rotate(
          { id: newSessionId(0), from: aTokenHash(), to: aTokenHash(), kind: 'periodic' },
          operation(),
        ),
      'a confirmation': () => store.confirm(newSessionId(0), aTokenHash(), operation()),
      'a kill': () => store.revoke({ id: newSessionId(0), reason: 'admin' }, operation()),
      'a kill of all': () => store.revokeAll({ user: aUser(), reason: 'admin' }, operation()),
      'a list': () => store.list(aUser(), { limit: 5 }, clock.now()),
      'a page of the creation order': () => store.listCreated(0, undefined, 5),
      'a sweep': () => store.sweep(0, 100, operation()),
      'a block': () => store.block(aUser(), clock.now(), operation()),
      'an epoch': () => store.revokeEverything(0, operation()),
      'a fact': () => store.append(0, { type: 'login.failed' }, operation()),
      'a read of the outbox': () => store.readOutbox(0, 10),
      'an acknowledgement': () => store.acknowledge(0, ['1-1/1']),
      'the state of the outbox': () => store.outboxState(0),
      'a lease': () => store.lease('sweep', 'me', 1_000),
    };

    it.each(Object.keys(calls))('are one for %s', async (name) => {
      expect(await sent(calls[name]!)).toBe(1);
    });

    it('are one for a read of many', async () => {
      expect(
        await sent(() => store.findMany([newSessionId(0), newSessionId(1), newSessionId(1)])),
      ).toBe(1);
    });

    it('survive a server that forgets its scripts', async () => {
      const session = await login();
      await redis.script('FLUSH');

      expect(await store.touch(session.id, operation())).toBe('touched');
    });
  });

  describe('what it keeps', () => {
    it('is remembered until a week after the absolute deadline', async () => {
      const session = await login({ absoluteExpiresAt: clock.now() + HOUR_MS });
      await store.touch(session.id, operation());
      await store.save({ id: session.id, set: { a: '1' }, remove: [] }, operation());

      const ttl = await redis.pttl(keysOf(session).session(session.id));

      expect(Math.abs(ttl - (HOUR_MS + WEEK_MS))).toBeLessThan(5_000);
    });

    it('is remembered longer once a new proof of identity moves the deadline', async () => {
      const session = await login({ absoluteExpiresAt: clock.now() + HOUR_MS });
      const reauthenticated = { methods: ['pwd'], absoluteExpiresAt: clock.now() + 9 * HOUR_MS };
      await store.rotate(
        {
          id: session.id,
          from: session.tokenHash,
          to: aTokenHash(),
          kind: 'immediate',
          reauthenticated,
        },
        operation(),
      );

      const ttl = await redis.pttl(keysOf(session).session(session.id));

      expect(Math.abs(ttl - (9 * HOUR_MS + WEEK_MS))).toBeLessThan(5_000);
    });

    it('is a tombstone for as long as its session asked for, if that is longer', async () => {
      const session = await login({ tombstoneUntil: clock.now() + 2 * WEEK_MS });
      await store.revoke({ id: session.id, reason: 'logout' }, operation());

      const ttl = await redis.pttl(keysOf(session).session(session.id));

      expect(Math.abs(ttl - 2 * WEEK_MS)).toBeLessThan(5_000);
    });

    it('names a user in the expiry index once, and never later than the first expiry', async () => {
      const user = aUser();
      await login({ user, idleTimeoutMs: 60_000 });
      await login({ user, idleTimeoutMs: 30_000 });
      await login({ user, idleTimeoutMs: 90_000 });

      const { expiry } = keysOf(user);

      const [member, ...others] = await redis.zrange(expiry, '0', '-1');
      expect(others).toEqual([]);
      expect(await redis.zscore(expiry, member!)).toBe(String(clock.now() + 30_000));
    });

    it('is corrected by a sweep where activity has moved an expiry', async () => {
      const session = await login({ idleTimeoutMs: 30_000 });
      clock.advance('20s');
      await store.touch(session.id, operation());
      clock.advance('10s');

      const swept = await store.sweep(shardOfSession(session.id), 10, operation());

      expect(swept).toEqual({ ended: [], more: false });
      const { expiry } = keysOf(session.user);
      const [member] = await redis.zrange(expiry, '0', '-1');
      expect(await redis.zscore(expiry, member!)).toBe(String(clock.now() + 20_000));
    });

    it('is mended in one sweep, however many entries have no record', async () => {
      const session = await login({ idleTimeoutMs: 30_000 });
      const { userIndex, expiry } = keysOf(session.user);
      const entries = Array.from({ length: 9_000 }, (_, index) => [index, `lost-${index}`]);
      await redis.zadd(userIndex(session.user), ...entries.flat());
      clock.advance('30s');

      const { ended, more } = await store.sweep(shardOfSession(session.id), 10, operation());

      expect(ended.map(({ id }) => id)).toEqual([session.id]);
      expect(more).toBe(false);
      expect(await redis.exists(userIndex(session.user), expiry)).toBe(0);
    });

    it('loses its last index entries with the last session', async () => {
      const session = await login({ idleTimeoutMs: 30_000 });
      clock.advance('30s');
      await store.sweep(shardOfSession(session.id), 10, operation());

      const { expiry, created, userIndex } = keysOf(session);

      expect(await redis.exists(expiry, created, userIndex(session.user))).toBe(0);
    });

    it('holds no data of an ended session, once no repetition can ask for it', async () => {
      const session = await login({ data: { secret: '"value-of-the-data"' } });
      const revocation = operation({ deadline: clock.now() + 1_000 });
      await store.revoke({ id: session.id, reason: 'logout' }, revocation);

      const { session: sessionKey, marker } = keysOf(session);

      expect(await redis.get(sessionKey(session.id))).not.toContain('value-of-the-data');
      expect(await redis.pttl(marker(revocation.eventId))).toBeLessThanOrEqual(2_000);
    });
  });

  describe('the outbox', () => {
    it('counts no bytes once it is empty, however wrong the count was', async () => {
      const session = await login();
      const shard = shardOfSession(session.id);
      await redis.set(keysOf(session).outboxBytes, 123_456);
      const entries = await store.readOutbox(shard, 10);

      await store.acknowledge(
        shard,
        entries.map(({ key }) => key),
      );

      expect(await store.outboxState(shard)).toEqual({ entries: 0, bytes: 0 });
    });

    it('refuses nothing for what waited before the audit was switched off', async () => {
      const session = await login();
      const shard = shardOfSession(session.id);
      const before = await store.readOutbox(shard, 10);
      const unaudited = redisStore(redis, { prefix });
      await unaudited.start(someSettings({ clock, audit: false, outboxMaxBytes: 1 }));

      const appended = await unaudited.append(shard, { type: 'login.failed' }, operation());
      const opened = await unaudited.create(
        { session: aSession({ clock, shards: store.shards }, { user: session.user }) },
        operation(),
      );
      await unaudited.close();

      expect([appended, opened.result]).toEqual([true, 'created']);
      expect(before).toHaveLength(1);
      expect(await store.readOutbox(shard, 10)).toEqual(before);
    });

    it('ignores names that no entry can have', async () => {
      await expect(
        store.acknowledge(0, ['', '-', '*', '1', '1-1', 'x-1/1', '1-1/-1', '9'.repeat(40)]),
      ).resolves.toBeUndefined();
    });
  });

  describe('scripts', () => {
    it('change nothing when an argument is malformed', async () => {
      const session = await login({ data: { a: '1' } });
      const keys = keysOf(session);
      const before = await redis.getBuffer(keys.session(session.id));
      const args = {
        shardPrefix: keys.prefix,
        eventId: 'event',
        now: clock.now(),
        deadline: Date.now() + 10_000,
        initiator: 'user',
        context: '{}',
        tombstoneTtl: 1_000,
        audit: '1',
        push: 'publish',
        id: session.id,
        set: pack(['a', '2']),
        remove: pack([]),
        ifVersion: '',
        activity: 'touch',
        maxDataBytes: '',
      };

      for (const malformed of [
        { now: 'soon' },
        { deadline: '' },
        { ifVersion: '1.5' },
        { maxDataBytes: 'many' },
        { remove: 'text' },
      ])
        await expect(
          runScript(
            redis,
            save,
            { ...keys, marker: keys.marker('event') },
            { ...args, ...malformed },
          ),
        ).rejects.toThrow();

      expect(await redis.getBuffer(keys.session(session.id))).toEqual(before);
      expect(await redis.exists(keys.marker('event'))).toBe(0);
    });
  });

  describe('errors', () => {
    it('carry no argument of the command, where a log would show it', async () => {
      const session = await login();
      const keys = keysOf(session);
      await redis.del(keys.session(session.id));
      await redis.rpush(keys.session(session.id), 'not a record');

      const error: unknown = await store
        .confirm(session.id, session.tokenHash, operation())
        .catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(SessionStoreUnavailableError);
      expect((error as Error).cause).toMatchObject({
        message: expect.stringContaining('WRONGTYPE'),
      });
      expect(Object.keys((error as Error).cause as object)).not.toContain('command');
    });

    it('come at once from a store that is not started, or closed', async () => {
      const idle = redisStore(redis, { prefix });
      await store.close();

      const calls = [idle.find(newSessionId(0)), store.find(newSessionId(0))];

      for (const call of calls) await expect(call).rejects.toThrow(SessionStoreUnavailableError);
    });

    it('tell of a shard that the store does not have', async () => {
      const session = anAnonymousSession({ clock }, { id: newSessionId(64) });

      await expect(store.create({ session }, operation())).rejects.toThrow(RangeError);
    });
  });

  describe('the client it is given', () => {
    it('stays open when the store closes, however often', async () => {
      await store.close();
      await store.close();

      expect(await redis.ping()).toBe('PONG');
    });

    it('is never connected by the store', async () => {
      const lazy = openRedis({ lazyConnect: true });
      const other = redisStore(lazy, { prefix });
      await other.start(someSettings());

      await other.find(newSessionId(0));

      await other.close();
      expect(lazy.status).toBe('wait');
    });

    it('may not have a key prefix', async () => {
      const prefixed = openRedis({ keyPrefix: 'app:', lazyConnect: true });

      await expect(redisStore(prefixed).start(someSettings())).rejects.toMatchObject({
        code: 'SESSION_CONFIG_INVALID',
        option: 'store.keyPrefix',
      });
    });

    it('is described without its password', () => {
      const secret = new Redis({
        host: 'redis.internal',
        port: 6380,
        password: 'hunter2',
        lazyConnect: true,
      });

      expect(redisStore(secret).description).toBe('Redis at redis.internal:6380');
    });
  });

  describe('options', () => {
    it.each<[string, RedisStoreOptions]>([
      ['store.prefix', { prefix: '' }],
      ['store.prefix', { prefix: 'a{b}' }],
      ['store.shards', { shards: 0 }],
      ['store.shards', { shards: 65_537 }],
      ['store.shards', { shards: 1.5 }],
    ])('names %s when it is wrong: %j', (option, options) => {
      expect(() => redisStore(redis, options)).toThrow(SessionConfigInvalidError);
      expect(() => redisStore(redis, options)).toThrow(`"${option}"`);
    });
  });

  it('tells when the next sweep is due, however the application has replies mapped', async () => {
    const { absoluteExpiresAt, lastSeenAt, idleTimeoutMs } = await login();
    const client = openRedis({ replyMapping: 'resp3' });
    const mapped = redisStore(client, { prefix });
    await mapped.start(someSettings({ clock }));

    const { nextDueAt } = await mapped.countSessions();

    expect(nextDueAt).toBe(Math.min(absoluteExpiresAt, lastSeenAt + idleTimeoutMs));
    await mapped.close();
    client.disconnect();
  });
});
