import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from './ports.mjs';
import { startPrivateServer } from './private-server.mjs';
import { ask, onlineReplicasIn, startTogether, stopAll, until } from './redis-group.mjs';
import { redis } from './redis.mjs';

export const MASTER_NAME = 'gatehouse';

/**
 * A master, its replicas, and the Sentinels that watch them. Each Sentinel is told of all others
 * at its start, so that nobody has to be discovered.
 *
 * @param {import('./index.mjs').PrivateSentinelOptions} [options]
 * @returns {Promise<import('./index.mjs').PrivateSentinel>}
 */
export async function startPrivateSentinel({
  replicas = 1,
  sentinels = 3,
  failureAfterMs = 1_000,
  args = [],
} = {}) {
  const started = [];
  const stop = async () => void (await stopAll(started));
  try {
    const nodes = await startNodes(replicas, args);
    started.push(...nodes);
    await until('Replication', async () => (await replicasOf(nodes[0])) === replicas);
    const watchers = await startSentinels(sentinels, nodes, failureAfterMs);
    started.unshift(...watchers);
    const group = {
      masterName: MASTER_NAME,
      nodes,
      sentinels: watchers,
      url: watchers.map(({ url }) => url).join(),
      currentMaster: () => currentMaster(nodes, watchers),
      settle: () => settle(nodes, watchers),
      stop,
    };
    await group.settle();
    return group;
  } catch (error) {
    await stop();
    throw error;
  }
}

const startNodes = (replicas, args) =>
  startTogether(1 + replicas, findFreePort, (ports) =>
    ports.map((port) => {
      const following = port === ports[0] ? [] : [`replicaof 127.0.0.1 ${ports[0]}`];
      return startPrivateServer(withConfiguration(redis, following), {
        port,
        args: ['--repl-diskless-sync-delay', '0', ...args],
      });
    }),
  );

const startSentinels = (size, nodes, failureAfterMs) => {
  const ids = Array.from({ length: size }, () => randomBytes(20).toString('hex'));
  return startTogether(size, findFreePort, (ports) =>
    ports.map((port, own) => {
      const peers = ids.map((id, position) => `127.0.0.1 ${ports[position]} ${id}`);
      const configuration = [
        `sentinel myid ${ids[own]}`,
        `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${nodes[0].port} ${Math.floor(size / 2) + 1}`,
        `sentinel down-after-milliseconds ${MASTER_NAME} ${failureAfterMs}`,
        `sentinel failover-timeout ${MASTER_NAME} ${10 * failureAfterMs}`,
        ...nodes
          .slice(1)
          .map((node) => `sentinel known-replica ${MASTER_NAME} 127.0.0.1 ${node.port}`),
        ...peers
          .filter((_, position) => position !== own)
          .map((peer) => `sentinel known-sentinel ${MASTER_NAME} ${peer}`),
      ];
      return startPrivateServer(withConfiguration(sentinel, configuration), { port });
    }),
  );
};

const sentinel = {
  ...redis,
  name: 'redis-sentinel',
  ready: /\+monitor master/,
  commandLine: (setting) => [...redis.commandLine(setting), '--sentinel'],
  url: ({ port }) => `redis://127.0.0.1:${port}`,
};

/**
 * With a configuration file, in which Sentinels keep what they learn and nodes whom they follow
 * since the last failover, for when they restart.
 */
const withConfiguration = (recipe, configuration) => ({
  ...recipe,
  prepare: ({ folder }) => writeFile(join(folder, 'conf'), `${configuration.join('\n')}\n`),
  commandLine: (setting) => {
    const [server, ...args] = recipe.commandLine(setting);
    return [server, join(setting.folder, 'conf'), ...args];
  },
});

/** The Sentinels agree on a running master, with which every other running node is in sync. */
async function settle(nodes, sentinels) {
  await until('Sentinel', async () => {
    const running = nodes.filter(({ isRunning }) => isRunning);
    const master = await currentMaster(running, sentinels);
    return master !== undefined && (await replicasOf(master)) === running.length - 1;
  });
}

/** The node that all running Sentinels name, if it is one, and a master. */
async function currentMaster(nodes, sentinels) {
  const running = sentinels.filter(({ isRunning }) => isRunning);
  const ports = await Promise.all(running.map(namedMaster));
  const master = nodes.find(({ port }) => ports.every((named) => named === port));
  return master && (await replicasOf(master)) !== undefined ? master : undefined;
}

const namedMaster = (watcher) =>
  ask(watcher, async (client) => {
    const [, port] = await client.sentinel('GET-MASTER-ADDR-BY-NAME', MASTER_NAME);
    return Number(port);
  });

const replicasOf = (node) =>
  ask(node, async (client) => {
    const info = await client.info('replication');
    return info.includes('role:master') ? onlineReplicasIn(info) : undefined;
  });
