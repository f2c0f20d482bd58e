import { Cluster, Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { shardOfSession } from '../../src/core/ids.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { shardKeys } from '../../src/storage/redis/redis-keys.js';
import { startPrivateRedis, type PrivateServer } from '../support/private-redis.js';
import { freshPrefix } from '../support/servers.js';

const SLOTS = 16_384;
const servers: PrivateServer[] = [];

/** Two masters with half of the slots each. */
async function startCluster(): Promise<void> {
  servers.push(
    ...(await Promise.all(
      ['a', 'b'].map((name) =>
        startPrivateRedis({
          args: ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${name}.conf`],
        }),
      ),
    )),
  );
  const nodes = servers.map(({ url }) => new Redis(url));
  await nodes[0]!.cluster('ADDSLOTSRANGE', 0, SLOTS / 2 - 1);
  await nodes[1]!.cluster('ADDSLOTSRANGE', SLOTS / 2, SLOTS - 1);
  await nodes[0]!.cluster('MEET', '127.0.0.1', servers[1]!.port);
  for (const node of nodes) {
    while (!String(await node.cluster('INFO')).includes('cluster_state:ok')) await delay(50);
    node.disconnect();
  }
}

beforeAll(startCluster);
afterAll(() => Promise.all(servers.map((server) => server.stop())));

describeSessionStore('Redis Cluster', async (settings) => {
  const cluster = new Cluster([{ host: '127.0.0.1', port: servers[0]!.port }]);
  const prefix = freshPrefix();
  const store = redisStore(cluster, { prefix });
  await store.start(settings);
  return {
    store,
    dropRecord: async (id) => {
      await cluster.del(shardKeys(prefix, shardOfSession(id)).session(id));
    },
    close: async () => {
      await store.close();
      await Promise.all(cluster.nodes('master').map((node) => node.flushall()));
      cluster.disconnect();
    },
  };
});
