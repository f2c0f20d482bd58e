import { Cluster } from 'ioredis';
import { systemClock } from '../../core/clock.js';
import { shardOfSession } from '../../core/ids.js';
import { anOperation, aSession, someSettings } from '../../testing/index.js';
import {
  connectToMasters,
  moveSlotOf,
  portServing,
  type Master,
} from '../../../test/support/cluster-slots.js';
import { eventually } from '../../../test/support/eventually.js';
import {
  startPrivateRedisCluster,
  type PrivateRedisCluster,
} from '../../../test/support/private-redis.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';

const SHARDS = 4;

describe('replicated changes on a Cluster', () => {
  let cluster: PrivateRedisCluster;
  let client: Cluster;
  let store: RedisSessionStore;

  beforeEach(async () => {
    cluster = await startPrivateRedisCluster({ replicasPerMaster: 2, failureAfterMs: 1_000 });
    const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    client = new Cluster(nodes, { lazyConnect: true });
    store = redisStore(client, { durability: 'replicated', shards: SHARDS });
    await store.start(someSettings());
  });
  afterEach(async () => {
    await store.close();
    client.disconnect();
    await cluster.stop();
  });

  const logIn = async (): Promise<number> => {
    const session = aSession({ clock: systemClock, shards: SHARDS });
    await store.create({ session }, anOperation(systemClock));
    return shardOfSession(session.id);
  };

  const masters = async (): Promise<readonly Master[]> =>
    connectToMasters(await cluster.currentMasters());
  const release = (connected: readonly Master[]): void => {
    for (const master of connected) master.client.disconnect();
  };

  it('are confirmed where the slot of their shard is now', async () => {
    const shard = await logIn();
    const connected = await masters();

    await moveSlotOf(`gh:{${shard}}`, connected);
    release(connected);

    await eventually(() =>
      logIn().then(
        () => true,
        () => false,
      ),
    );
  });

  it('are confirmed by the new master after a failover', async () => {
    const shard = await logIn();
    const connected = await masters();
    const port = await portServing(`gh:{${shard}}`, connected);
    release(connected);

    await cluster.nodes.find((node) => node.port === port)!.kill();
    await cluster.settle();

    await eventually(() =>
      logIn().then(
        () => true,
        () => false,
      ),
    );
  });
});
