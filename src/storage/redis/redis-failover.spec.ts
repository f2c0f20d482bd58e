import { Redis, type RedisOptions } from 'ioredis';
import { systemClock } from '../../core/clock.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import type { NewSession, Operation } from '../../core/session-store.js';
import { anOperation, aSession, someSettings } from '../../testing/index.js';
import { eventually } from '../../../test/support/eventually.js';
import {
  MASTER_NAME,
  startPrivateSentinel,
  type PrivateSentinel,
} from '../../../test/support/private-redis.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';

const TIMEOUT_MS = 500;
const SLACK_MS = 300;

describe('a Redis store behind Sentinel', () => {
  let group: PrivateSentinel;
  let opened: (Redis | RedisSessionStore)[];

  beforeEach(async () => {
    group = await startPrivateSentinel();
    opened = [];
  });
  afterEach(async () => {
    for (const each of opened) await ('disconnect' in each ? each.disconnect() : each.close());
    await group.stop();
  });

  const started = async (options: RedisOptions = {}): Promise<RedisSessionStore> => {
    const sentinels = group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Redis({ sentinels, name: MASTER_NAME, lazyConnect: true, ...options });
    const store = redisStore(client);
    opened.push(client, store);
    await store.start(someSettings({ storeTimeoutMs: TIMEOUT_MS }));
    return store;
  };
  const operation = (overrides: Partial<Operation> = {}): Operation =>
    anOperation(systemClock, { deadline: systemClock.now() + TIMEOUT_MS, ...overrides });
  const login = async (store: RedisSessionStore): Promise<NewSession> => {
    const session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, operation());
    return session;
  };
  const replicated = async (): Promise<void> => {
    const master = new Redis(group.nodes[0]!.url);
    opened.push(master);
    await master.set('fence', '1');
    const replica = new Redis(group.nodes[1]!.url);
    opened.push(replica);
    await eventually(async () => (await replica.get('fence')) === '1');
  };
  const recovered = (store: RedisSessionStore): Promise<void> =>
    eventually(async () => (await store.health()).available);

  it('is bounded while there is no master, and goes on with the next one', async () => {
    const store = await started();
    const { id } = await login(store);
    await replicated();
    await group.nodes[0]!.kill();

    const begun = performance.now();
    const away = store.find(id);
    await expect(away).rejects.toBeInstanceOf(SessionStoreUnavailableError);
    const elapsedMs = performance.now() - begun;
    await group.settle();
    await recovered(store);

    expect(elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await store.touch(id, operation())).toBe('touched');
  });

  it('does not wait for a Sentinel that is silent', async () => {
    const store = await started();
    const { id } = await login(store);
    await replicated();
    group.sentinels[0]!.pause();
    await group.nodes[0]!.kill();

    await recovered(store);

    group.sentinels[0]!.resume();
    expect(await store.touch(id, operation())).toBe('touched');
  });

  it('leaves a master that has become a replica, as soon as it refuses a change', async () => {
    const store = await started();
    const { id } = await login(store);
    await replicated();
    const [old, next] = group.nodes.map(({ url }) => new Redis(url));
    opened.push(old!, next!);
    await next!.replicaof('NO', 'ONE');
    await old!.replicaof('127.0.0.1', group.nodes[1]!.port);

    const refused = store.touch(id, operation());
    await expect(refused).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      cause: { message: expect.stringContaining('READONLY') },
    });
    await old!.replicaof('NO', 'ONE');
    await recovered(store);

    expect(await store.touch(id, operation())).toBe('touched');
  });

  it('uses the master, also where the application reads from replicas', async () => {
    const store = await started({ role: 'slave' });

    const { id } = await login(store);

    expect(await store.find(id)).toMatchObject({ session: { state: 'active' } });
  });
});
