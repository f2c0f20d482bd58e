import { Cluster } from 'ioredis';
import { systemClock } from '../../src/core/clock.js';
import { shardOfSession, type SessionId } from '../../src/core/ids.js';
import { pushChannel } from '../../src/storage/redis/redis-keys.js';
import { redisStore, type RedisSessionStore } from '../../src/storage/redis/index.js';
import { anOperation, aSession, someSettings } from '../../src/testing/builders.js';
import {
  beginMovingSlotOf,
  connectToMasters,
  moveSlotOf,
  type Master,
} from '../support/cluster-slots.js';
import { eventually } from '../support/eventually.js';
import { startPrivateRedisCluster, type PrivateRedisCluster } from '../support/private-redis.js';

const SHARD = 7;
const OTHER_SHARD = 8;
const LEASE_MS = 600;
const NOTICED_WITHIN_MS = 60_000;

describe('near caches on a Cluster whose slots move', () => {
  let group: PrivateRedisCluster;
  let masters: readonly Master[];
  const clients: Cluster[] = [];
  let here: RedisSessionStore;
  let there: RedisSessionStore;

  beforeAll(async () => {
    group = await startPrivateRedisCluster({ replicasPerMaster: 0 });
    masters = await connectToMasters(group.masters);
    [here, there] = [await open(), await open()];
  });
  afterAll(async () => {
    for (const store of [here, there]) await store.close();
    for (const client of clients) client.disconnect();
    for (const { client } of masters) client.disconnect();
    await group.stop();
  });

  async function open(): Promise<RedisSessionStore> {
    const nodes = group.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Cluster(nodes, { lazyConnect: true });
    clients.push(client);
    const store = redisStore(client, { nearCache: { lease: LEASE_MS } });
    await store.start(someSettings({ clock: systemClock }));
    await untilLinkAlive(store);
    return store;
  }

  const untilLinkAlive = (store: RedisSessionStore): Promise<void> =>
    patiently(async () => (await store.health()).details['nearCacheLinkAlive'] === true);

  /** Like `eventually`, for what a Cluster takes its time for. */
  async function patiently(holds: () => Promise<boolean>): Promise<void> {
    for (let held = false; !held;)
      held = await eventually(holds).then(
        () => true,
        () => false,
      );
  }

  async function loginIn(shard: number): Promise<SessionId> {
    let session = aSession({ clock: systemClock, shards: here.shards });
    while (shardOfSession(session.id) !== shard)
      session = aSession({ clock: systemClock, shards: here.shards });
    await here.create({ session }, anOperation(systemClock));
    return session.id;
  }

  async function isKept(id: SessionId): Promise<boolean> {
    await there.find(id);
    return there.findCached(id) !== undefined;
  }

  it(
    'give nothing of a slot on its way, and are told of what ends once it has arrived',
    async () => {
      const id = await loginIn(SHARD);
      const isKeptBefore = await isKept(id);

      const finish = await beginMovingSlotOf(pushChannel('gh', SHARD), masters);
      await eventually(async () => there.findCached(id) === undefined);
      await finish();
      await patiently(() => isKept(id));
      await here.revoke({ id, reason: 'logout' }, anOperation(systemClock));

      await eventually(async () => there.findCached(id) === undefined);
      expect(isKeptBefore).toBe(true);
    },
    NOTICED_WITHIN_MS,
  );

  it(
    'serve nobody longer than the lease whose session ends while a slot moves',
    async () => {
      const id = await loginIn(OTHER_SHARD);
      const isKeptBefore = await isKept(id);

      await moveSlotOf(pushChannel('gh', OTHER_SHARD), masters);
      await here.revoke({ id, reason: 'logout' }, anOperation(systemClock));
      const endedAt = performance.now();
      while (there.findCached(id)) await new Promise((resolve) => setTimeout(resolve, 5));

      expect(isKeptBefore).toBe(true);
      expect(performance.now() - endedAt).toBeLessThan(LEASE_MS + 50);
    },
    NOTICED_WITHIN_MS,
  );
});
