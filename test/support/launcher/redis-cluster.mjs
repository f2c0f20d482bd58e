import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreeClusterPort } from './ports.mjs';
import { startPrivateServer } from './private-server.mjs';
import { ask, onlineReplicasIn, startTogether, stopAll, until } from './redis-group.mjs';
import { redis } from './redis.mjs';

const SLOTS = 16_384;
const NODES_FILE = 'nodes.conf';

/**
 * Masters with the slots divided evenly, and their replicas. Each node is given the map of all
 * at its start, so that nobody has to be introduced.
 *
 * @param {import('./index.mjs').PrivateRedisClusterOptions} [options]
 * @returns {Promise<import('./index.mjs').PrivateRedisCluster>}
 */
export async function startPrivateRedisCluster({
  masters = 3,
  replicasPerMaster = 1,
  failureAfterMs = 1_000,
  args = [],
} = {}) {
  const plan = planNodes(masters, replicasPerMaster);
  const nodes = await startTogether(plan.length, findFreeClusterPort, (ports) =>
    ports.map((port, position) =>
      startPrivateServer(withMap(plan, ports, position), {
        port,
        args: [...settings(failureAfterMs), ...args],
      }),
    ),
  );
  const cluster = {
    nodes,
    masters: nodes.slice(0, masters),
    replicas: nodes.slice(masters),
    url: nodes.map(({ url }) => url).join(),
    currentMasters: () => currentMasters(nodes),
    settle: () => settle(nodes),
    stop: async () => void (await stopAll(nodes)),
  };
  await cluster.settle().catch((error) => cluster.stop().then(() => Promise.reject(error)));
  return cluster;
}

/** Masters first; the replicas follow in turns, so that replica n belongs to master n. */
const planNodes = (masters, replicasPerMaster) =>
  Array.from({ length: masters * (1 + replicasPerMaster) }, (_, position) => ({
    id: randomBytes(20).toString('hex'),
    master: position < masters ? undefined : position % masters,
    slots: position < masters ? slotsOf(position, masters) : '',
  }));

const slotsOf = (position, masters) => {
  const bound = (share) => Math.floor((share * SLOTS) / masters);
  return `${bound(position)}-${bound(position + 1) - 1}`;
};

const withMap = (plan, ports, own) => ({
  ...redis,
  name: 'redis-cluster',
  prepare: async ({ folder }) => {
    const lines = plan.map(({ id, master, slots }, position) => {
      const flags = `${position === own ? 'myself,' : ''}${master === undefined ? 'master' : 'slave'}`;
      const epoch = (master ?? position) + 1;
      const address = `127.0.0.1:${ports[position]}@${ports[position] + 10_000}`;
      return `${id} ${address} ${flags} ${plan[master]?.id ?? '-'} 0 0 ${epoch} connected ${slots}\n`;
    });
    const vars = `vars currentEpoch ${plan.length} lastVoteEpoch 0\n`;
    await writeFile(join(folder, NODES_FILE), lines.join('') + vars);
  },
});

const settings = (failureAfterMs) =>
  Object.entries({
    'cluster-enabled': 'yes',
    'cluster-config-file': NODES_FILE,
    'cluster-node-timeout': String(failureAfterMs),
    'repl-diskless-sync-delay': '0',
  }).flatMap(([key, value]) => [`--${key}`, value]);

/** Every running node sees every slot served by a running node, and every replica is in sync. */
async function settle(nodes) {
  await until('The Cluster', async () => {
    const running = nodes.filter(({ isRunning }) => isRunning);
    const views = await Promise.all(running.map(viewOf));
    const [first] = views;
    if (!views.every((view) => view?.isServing && view.owners === first.owners)) return false;
    const masters = mastersIn(first.owners, running);
    const inSync = views.reduce((sum, view) => sum + view.onlineReplicas, 0);
    return masters.length === first.masters && inSync === running.length - masters.length;
  });
}

async function currentMasters(nodes) {
  const running = nodes.filter(({ isRunning }) => isRunning);
  const views = await Promise.all(running.map(viewOf));
  return mastersIn(views.find((view) => view?.isServing)?.owners ?? '', running);
}

const mastersIn = (owners, nodes) => nodes.filter(({ port }) => owners.includes(`:${port}@`));

const viewOf = (node) =>
  ask(node, async (client) => {
    const info = await client.cluster('INFO');
    const owners = ownersIn(await client.cluster('NODES'));
    return {
      isServing: info.includes('cluster_state:ok'),
      masters: owners.length,
      owners: owners.join(),
      onlineReplicas: onlineReplicasIn(await client.info('replication')),
    };
  });

/** Each node that holds slots, with its address and its slots. */
const ownersIn = (map) =>
  map
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , flags, , , , , , ...slots]) => flags.endsWith('master') && slots.length > 0)
    .map(([, address, , , , , , , ...slots]) => `${address}=${slots.join('+')}`)
    .sort();
