import {
  startCuttingProxy,
  type CutPoint,
  type CuttingProxy,
} from '../../support/cutting-proxy.js';
import type { PrivateServer } from '../../support/private-postgres.js';
import { startPrivateRedis } from '../../support/private-redis.js';
import { postgresProtocol } from '../../support/wire-protocol.js';
import type { Campaign } from '../campaign.js';
import { wait, type Fault, type Group, type Strike } from '../fault.js';
import { openStage, type Stage } from '../stage.js';

const AUDIT_INSERT = 'INSERT INTO "audit_events"';

interface SqlStage extends Stage {
  readonly postgres: PrivateServer;
  /** Between the relays and the database. */
  readonly proxy: CuttingProxy;
}

async function open(campaign: Campaign): Promise<SqlStage> {
  const redis = await startPrivateRedis();
  campaign.stopping(redis, (server) => server.stop());
  const postgres = await campaign.privatePostgres();
  const databaseUrl = await campaign.auditDatabase(postgres);
  const proxy = await startCuttingProxy(postgres.port, postgresProtocol);
  campaign.stopping(proxy, (opened) => opened.close());
  const proxied = new URL(databaseUrl);
  proxied.port = String(proxy.port);
  const hosts = await Promise.all([campaign.forkHost(), campaign.forkHost()]);
  const stage = await openStage(campaign, {
    redis: { kind: 'single', port: redis.port },
    databaseUrl,
    nodes: hosts.map((host) => ({ host, databaseUrl: proxied.href })),
  });
  return { ...stage, postgres, proxy };
}

/** Sessions go on as if nothing were, and the events wait. */
const sqlAway: Fault<SqlStage> = {
  name: 'sql-away',
  keeps: 'everything',
  mayAnswer: [],
  inject: ({ stage }) => stage.postgres.kill(),
  lastsMs: ({ sqlOutageMs }) => sqlOutageMs,
  heal: ({ stage }) => stage.postgres.restart(),
};

/** Once with half of the statement there, and once with the rows in and nobody told. */
const sqlKilledMidInsert: Fault<SqlStage> = {
  name: 'sql-killed-mid-insert',
  keeps: 'everything',
  mayAnswer: [],
  inject: async (strike) => {
    await killAt('within-request', strike);
    await killAt('before-answer', strike);
  },
};

async function killAt(point: CutPoint, { stage, pace }: Strike<SqlStage>): Promise<void> {
  const stopped = await stage.proxy.stopAt(point, (statement) => statement.includes(AUDIT_INSERT));
  await stage.postgres.kill();
  stopped.cut();
  await wait(pace.redisOutageMs / 2);
  await stage.postgres.restart();
}

/** Its requests in flight are cut off; whatever else was going on in it is not half done. */
const applicationKilled: Fault<SqlStage> = {
  name: 'application-killed',
  keeps: 'everything',
  mayAnswer: ['unreachable'],
  inject: async ({ stage, pace, random }) => {
    for (let kill = 0; kill < pace.applicationKills; kill += 1) {
      await wait(random.between(0, pace.calmMs));
      const node = random.pick(stage.nodes);
      await node.kill();
      await node.restart();
    }
  },
};

export const sqlFaults: Group<SqlStage> = {
  name: 'sql',
  open,
  faults: [sqlAway, sqlKilledMidInsert, applicationKilled],
};
