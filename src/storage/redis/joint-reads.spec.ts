import { Redis } from 'ioredis';
import { sentCommands } from '../../../test/support/sent-commands.js';
import { freshPrefix, openRedis } from '../../../test/support/servers.js';
import { newSessionId, shardOfSession } from '../../core/ids.js';
import type { NewSession } from '../../core/session-store.js';
import { anOperation, aSession, FakeClock, someSettings } from '../../testing/index.js';
import { shardKeys } from './redis-keys.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';

describe('reads of single sessions', () => {
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

  const open = (count: number): Promise<readonly NewSession[]> =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const session = aSession({ clock, shards: store.shards });
        await store.create({ session }, anOperation(clock));
        return session;
      }),
    );
  const idsFoundBy = async (sessions: readonly NewSession[]): Promise<readonly unknown[]> => {
    const found = await Promise.all(sessions.map(({ id }) => store.find(id)));
    return found.map((one) => one?.session.id);
  };

  it('are one command for all that is asked for in one turn', async () => {
    const [first, second] = await open(2);
    const missing = newSessionId(0);
    let found: unknown;

    const sent = await sentCommands(
      redis,
      async () => {
        const reads = [store.find(second!.id), store.find(missing)];
        await new Promise<void>((resolve) => process.nextTick(resolve));
        found = await Promise.all([...reads, store.find(first!.id)]);
      },
      { mentioning: prefix },
    );

    expect(sent).toEqual(['mget']);
    expect(found).toMatchObject([
      { session: { id: second!.id } },
      undefined,
      { session: { id: first!.id } },
    ]);
  });

  it('are several commands where they are many, and each is answered its own', async () => {
    const sessions = await open(150);
    let found: readonly unknown[] = [];

    const sent = await sentCommands(redis, async () => (found = await idsFoundBy(sessions)), {
      mentioning: prefix,
    });

    expect(sent).toEqual(['mget', 'mget', 'mget']);
    expect(found).toEqual(sessions.map(({ id }) => id));
  });

  it('fail for nobody but who asked for a record that is illegible', async () => {
    const [broken, sound] = await open(2);
    const key = shardKeys(prefix, shardOfSession(broken!.id)).session(broken!.id);
    await redis.set(key, Buffer.of(1, 2, 3));

    const [ofBroken, ofSound] = await Promise.allSettled([
      store.find(broken!.id),
      store.find(sound!.id),
    ]);

    expect(ofBroken.status).toBe('rejected');
    expect(ofSound).toMatchObject({ status: 'fulfilled', value: { session: { id: sound!.id } } });
  });

  it('all fail where the store is closed before they are sent', async () => {
    const sessions = await open(3);

    const reads = Promise.allSettled(sessions.map(({ id }) => store.find(id)));
    await store.close();

    expect((await reads).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});
