import {
  startCuttingProxy,
  type CutPoint,
  type CuttingProxy,
} from '../../support/cutting-proxy.js';
import { startPrivateRedis } from '../../support/private-redis.js';
import { postgresProtocol } from '../../support/wire-protocol.js';
import type { ApplicationNode } from '../application-host.js';
import type { Campaign } from '../campaign.js';
import type { Fault, Group } from '../fault.js';
import { redisWire } from '../redis-wire.js';
import { openStage, type Stage } from '../stage.js';

/** One application, and all that its relay says and hears. */
interface RelayLink {
  readonly node: ApplicationNode;
  readonly redis: CuttingProxy;
  readonly database: CuttingProxy;
}

interface RelayStage extends Stage {
  readonly links: readonly RelayLink[];
}

interface Step {
  readonly told: string;
  readonly at: CutPoint;
  readonly of: 'redis' | 'database';
  readonly matches: (name: string) => boolean;
}

const isInsert = (statement: string): boolean => statement.includes('INSERT INTO "audit_events"');
const isTip = (statement: string): boolean =>
  statement.includes('SELECT') && statement.includes('FROM "audit_events"');

/** Between any two of: read the outbox, read the chain's end, insert, acknowledge. */
const STEPS: readonly Step[] = [
  { told: 'read, not yet heard', at: 'before-answer', of: 'redis', matches: is('xrange') },
  { told: 'heard what waits', at: 'before-request', of: 'database', matches: isTip },
  { told: 'knows where to insert', at: 'before-request', of: 'database', matches: isInsert },
  { told: 'inserted, not yet heard', at: 'before-answer', of: 'database', matches: isInsert },
  { told: 'heard of the insert', at: 'before-request', of: 'redis', matches: is('acknowledge') },
  { told: 'acknowledged', at: 'before-answer', of: 'redis', matches: is('acknowledge') },
];

function is(wanted: string): (name: string) => boolean {
  return (name) => name === wanted;
}

async function open(campaign: Campaign): Promise<RelayStage> {
  const server = await startPrivateRedis();
  campaign.stopping(server, (started) => started.stop());
  const postgres = await campaign.postgres();
  const databaseUrl = await campaign.auditDatabase(postgres);
  const places = await Promise.all(
    [1, 2].map(async () => {
      const redis = await startCuttingProxy(server.port, redisWire);
      const database = await startCuttingProxy(postgres.port, postgresProtocol);
      campaign.stopping(redis, (opened) => opened.close());
      campaign.stopping(database, (opened) => opened.close());
      return { host: await campaign.forkHost(), redis, database };
    }),
  );
  const stage = await openStage(campaign, {
    redis: { kind: 'single', port: server.port },
    databaseUrl,
    nodes: places.map(({ host, redis, database }) => {
      const url = new URL(databaseUrl);
      url.port = String(database.port);
      return { host, redis: { kind: 'single', port: redis.port }, databaseUrl: url.href };
    }),
  });
  const links = places.map((place, index) => ({ ...place, node: stage.nodes[index]! }));
  return { ...stage, links };
}

/** While one process comes back the other is killed at the next step. */
const relayKilled: Fault<RelayStage> = {
  name: 'relay-killed',
  keeps: 'everything',
  mayAnswer: ['unreachable'],
  inject: async ({ stage, note }) => {
    const back = stage.links.map(() => Promise.resolve());
    for (const [index, step] of STEPS.entries()) {
      const turn = index % stage.links.length;
      const link = stage.links[turn]!;
      await back[turn];
      await link[step.of].stopAt(step.at, step.matches);
      await link.node.kill();
      back[turn] = link.node.restart();
    }
    await Promise.all(back);
    note(`killed when it had: ${STEPS.map(({ told }) => told).join('; ')}`);
  },
};

export const relayFaults: Group<RelayStage> = { name: 'relay', open, faults: [relayKilled] };
