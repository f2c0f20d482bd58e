import { Cluster } from 'ioredis';
import { systemClock } from '../../src/core/clock.js';
import { pushChannel } from '../../src/storage/redis/redis-keys.js';
import { redisStore, type RedisSessionStore } from '../../src/storage/redis/index.js';
import { someSettings } from '../../src/testing/builders.js';
import {
  beginMovingSlotOf,
  connectToMasters,
  portServing,
  type Master,
} from '../support/cluster-slots.js';
import {
  documentedPermissions,
  startPrivateRedisCluster,
  type PrivateRedisCluster,
} from '../support/private-redis.js';

const SHARD = 7;
const KEY = pushChannel('gh', SHARD);

describe('a store of a Cluster with a slot on its way to another master', () => {
  let group: PrivateRedisCluster;
  let masters: readonly Master[];
  let client: Cluster;
  let store: RedisSessionStore;

  beforeEach(async () => {
    group = await startPrivateRedisCluster({ replicasPerMaster: 0 });
    masters = await connectToMasters(group.masters);
    for (const master of masters)
      await master.client.acl(
        'SETUSER',
        'gatehouse',
        'on',
        '>password',
        ...documentedPermissions('gh:*'),
      );
    const nodes = group.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    client = new Cluster(nodes, {
      lazyConnect: true,
      redisOptions: { username: 'gatehouse', password: 'password' },
    });
    store = redisStore(client);
    await store.start(someSettings({ clock: systemClock, storeTimeoutMs: 500 }));
  });
  afterEach(async () => {
    await store.close();
    client.disconnect();
    for (const master of masters) master.client.disconnect();
    await group.stop();
  });

  it('follows it with the documented permissions', async () => {
    const anchor = { chainSeq: 1, hash: 'a' };
    await store.anchor(SHARD, undefined, anchor);

    await beginMovingSlotOf(KEY, masters);

    expect(await store.readAnchor(SHARD)).toEqual(anchor);
  });

  it('says that it is unavailable when that master goes away', async () => {
    const source = await portServing(KEY, masters);
    await beginMovingSlotOf(KEY, masters);

    for (const master of group.masters) if (master.port !== source) await master.kill();

    for (let call = 0; call < 2; call += 1)
      await expect(store.readAnchor(SHARD)).rejects.toMatchObject({
        code: 'SESSION_STORE_UNAVAILABLE',
      });
  });
});
