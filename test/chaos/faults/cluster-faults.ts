import { connectToMasters, moveSlotOf } from '../../support/cluster-slots.js';
import {
  startPrivateRedisCluster,
  type PrivateRedisCluster,
} from '../../support/launcher/index.mjs';
import type { Campaign } from '../campaign.js';
import { STORE_AWAY, wait, type Fault, type Group } from '../fault.js';
import { openStage, PREFIX, SHARDS, type Stage } from '../stage.js';

const FAILURE_AFTER_MS = 1_000;
const REPLICAS_BEHIND_MS = 700;
const HASTY_PREFIX = 'hasty';

interface ClusterStage extends Stage {
  readonly cluster: PrivateRedisCluster;
  /** Applications that do not wait for replicas; on sessions of their own, so that nothing else does. */
  readonly hasty: Stage;
}

/** Two replicas each, so that one is left where another has become the master. */
async function open(campaign: Campaign): Promise<ClusterStage> {
  const cluster = await startPrivateRedisCluster({
    replicasPerMaster: 2,
    failureAfterMs: FAILURE_AFTER_MS,
    args: ['--appendonly', 'yes', '--appendfsync', 'always'],
  });
  campaign.stopping(cluster, (started) => started.stop());
  const hosts = await campaign.hosts();
  const redis = { kind: 'cluster', ports: cluster.nodes.map(({ port }) => port) } as const;
  const stage = await openStage(campaign, {
    redis,
    nodes: hosts.map((host) => ({ host, durability: 'replicated' })),
  });
  const hasty = await openStage(campaign, {
    redis,
    prefix: HASTY_PREFIX,
    nodes: hosts.map((host) => ({ host })),
  });
  return { ...stage, hasty, cluster };
}

/** What was killed comes back as a replica. */
async function restore({ cluster }: ClusterStage): Promise<void> {
  for (const node of cluster.nodes) if (!node.isRunning) await node.restart();
  await cluster.settle();
}

const masterKilled: Fault<ClusterStage> = {
  name: 'cluster-master-killed',
  keeps: 'everything',
  mayAnswer: STORE_AWAY,
  inject: async ({ stage, random }) => {
    await random.pick(await stage.cluster.currentMasters()).kill();
  },
  restore,
};

/** Shards wander between the masters, their keys a few at a time. */
const slotsMoved: Fault<ClusterStage> = {
  name: 'cluster-slots-moved',
  keeps: 'everything',
  mayAnswer: STORE_AWAY,
  inject: async ({ stage, pace, random, note }) => {
    const masters = await connectToMasters(await stage.cluster.currentMasters());
    const deadline = performance.now() + pace.redisOutageMs;
    let moved = 0;
    for (; performance.now() < deadline; moved += 1)
      await moveSlotOf(`${PREFIX}:{${random.between(0, SHARDS - 1)}}`, random.shuffle(masters));
    note(`${moved} slots moved`);
    for (const { client } of masters) client.disconnect();
  },
};

/**
 * The master goes while its replicas have not heard of its last changes. That they stand still
 * would not do: the changes would wait for them in the connection.
 */
const replicasBehind = {
  mayAnswer: STORE_AWAY,
  inject: async ({ stage, random }) => {
    const { cluster } = stage;
    const masters = await cluster.currentMasters();
    const replicas = cluster.nodes.filter((node) => !masters.includes(node));
    for (const replica of replicas) replica.pause();
    const connected = await connectToMasters(masters);
    for (const { client } of connected) {
      await client.call('CLIENT', 'KILL', 'TYPE', 'replica');
      client.disconnect();
    }
    await wait(REPLICAS_BEHIND_MS);
    await random.pick(masters).kill();
    for (const replica of replicas) replica.resume();
  },
  restore,
} satisfies Partial<Fault<ClusterStage>>;

/** What a replica has not confirmed was not acknowledged. */
const replicasBehindReplicated: Fault<ClusterStage> = {
  ...replicasBehind,
  name: 'replicas-behind-replicated',
  keeps: 'everything',
};

const replicasBehindAcknowledged: Fault<ClusterStage> = {
  ...replicasBehind,
  name: 'replicas-behind-acknowledged',
  keeps: 'measured',
  stageOf: ({ hasty }) => hasty,
};

export const clusterFaults: Group<ClusterStage> = {
  name: 'cluster',
  open,
  faults: [slotsMoved, masterKilled, replicasBehindReplicated, replicasBehindAcknowledged],
};
