import { startPrivateRedis } from '../../support/private-redis.js';
import type { Campaign } from '../campaign.js';
import { wait, type Fault, type Group, type Strike } from '../fault.js';
import { openStage, SHARDS, type Stage } from '../stage.js';
import type { Target } from '../traffic.js';

const AHEAD_MS = 30_000;
const TOLERANCE_MS = 1_000;

async function open(campaign: Campaign): Promise<Stage> {
  const server = await startPrivateRedis();
  campaign.stopping(server, (started) => started.stop());
  const [right] = await campaign.hosts();
  const ahead = await campaign.forkHost(AHEAD_MS);
  return openStage(campaign, {
    redis: { kind: 'single', port: server.port },
    nodes: [{ host: right! }, { host: ahead }],
  });
}

/** Everybody is put out, once by the node whose clock is right and once by the other. */
const clockAhead: Fault<Stage> = {
  name: 'clock-ahead',
  keeps: 'everything',
  mayAnswer: [],
  inject: async (strike) => {
    for (const node of strike.stage.nodes) {
      await putEverybodyOut(strike, node);
      await wait(strike.pace.calmMs);
    }
  },
  inspect: async (strike) => {
    await expectCorrection(strike);
    await expectTrueInstants(strike);
  },
};

async function putEverybodyOut(strike: Strike<Stage>, node: Target): Promise<void> {
  const { traffic, tally, stage } = strike;
  const present = await traffic.ledger.endAll(async () => {
    const answer = await traffic.ask('the end of all', 'POST', `${node.url}/kill-everybody`, [201]);
    if (answer.body['done'] !== SHARDS) tally.violate('not every shard has ended its sessions');
    return answer;
  });
  for (const other of stage.nodes)
    for (const entry of present)
      if (await traffic.read(entry, other)) tally.violate(`${entry.id} is still in`);
}

async function expectCorrection({ stage, traffic, tally, note }: Strike<Stage>): Promise<void> {
  const { url } = stage.nodes[1]!;
  const { body } = await traffic.ask('health', 'GET', `${url}/health`, [200]);
  const { clockOffsetMs } = body['details'] as { readonly clockOffsetMs: number };
  note(`the node measured an offset of ${clockOffsetMs} ms`);
  if (Math.abs(clockOffsetMs + AHEAD_MS) > TOLERANCE_MS)
    tally.violate(`${clockOffsetMs} ms is not the clock's error`);
}

/** No row is from the future, and every shard has told of both ends. */
async function expectTrueInstants({ stage, tally }: Strike<Stage>): Promise<void> {
  const [row] = await stage.database.query<{ early: number; ends: number }[]>(
    `SELECT count(*) FILTER (WHERE occurred_at > $1)::int AS early,
       count(*) FILTER (WHERE type = 'sessions.all_revoked')::int AS ends FROM audit_events`,
    [Date.now() + TOLERANCE_MS],
  );
  if (row!.early > 0) tally.violate(`${row!.early} audit rows are from the future`);
  const expected = SHARDS * stage.nodes.length;
  if (row!.ends % expected !== 0)
    tally.violate(`${row!.ends} audit rows tell of the end of all, not ${expected}`);
}

export const clockFaults: Group<Stage> = { name: 'clock', open, faults: [clockAhead] };
