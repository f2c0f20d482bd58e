import { startPrivateSentinel, type PrivateSentinel } from '../../support/launcher/index.mjs';
import type { Campaign } from '../campaign.js';
import { STORE_AWAY, type Fault, type Group } from '../fault.js';
import { openStage, type Stage } from '../stage.js';

const FAILURE_AFTER_MS = 1_000;

interface SentinelStage extends Stage {
  readonly sentinel: PrivateSentinel;
}

/** Two replicas, so that one is left where the other has become the master. */
async function open(campaign: Campaign): Promise<SentinelStage> {
  const sentinel = await startPrivateSentinel({
    replicas: 2,
    failureAfterMs: FAILURE_AFTER_MS,
    args: ['--appendonly', 'yes', '--appendfsync', 'always'],
  });
  campaign.stopping(sentinel, (started) => started.stop());
  const { masterName: name, sentinels } = sentinel;
  const stage = await openStage(campaign, {
    redis: { kind: 'sentinel', ports: sentinels.map(({ port }) => port), name },
    nodes: (await campaign.hosts()).map((host) => ({ host, durability: 'replicated' })),
  });
  return { ...stage, sentinel };
}

const failover: Fault<SentinelStage> = {
  name: 'sentinel-failover',
  keeps: 'everything',
  mayAnswer: STORE_AWAY,
  inject: async ({ stage }) => {
    await (await stage.sentinel.currentMaster())?.kill();
  },
  restore: async ({ sentinel }) => {
    for (const node of sentinel.nodes) if (!node.isRunning) await node.restart();
    await sentinel.settle();
  },
};

export const sentinelFaults: Group<SentinelStage> = { name: 'sentinel', open, faults: [failover] };
