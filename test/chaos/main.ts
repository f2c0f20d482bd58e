/**
 * Faults of the servers, the network and the processes, under steady traffic. `--quick`: every
 * fault once, with short outages. `--near`: the applications keep sessions near. `--only <name>`, repeatable. `--rounds <n>`, `--seed <text>`.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Campaign, FAR, NEAR } from './campaign.js';
import type { Group } from './fault.js';
import { clockFaults } from './faults/clock-faults.js';
import { clusterFaults } from './faults/cluster-faults.js';
import { cutFaults } from './faults/cut-faults.js';
import { redisFaults } from './faults/redis-faults.js';
import { relayFaults } from './faults/relay-faults.js';
import { sentinelFaults } from './faults/sentinel-faults.js';
import { sqlFaults } from './faults/sql-faults.js';
import { remainsAfterAll } from './inspection.js';
import { LONG, QUICK } from './pace.js';
import { figuresOf, reportOf } from './report.js';
import { runFault, type FaultResult } from './run-fault.js';
import type { Stage } from './stage.js';

const LONG_ROUNDS = 3;
const INTERRUPTED = 130;
const SHOWN_REMAINS = 10;

type GroupRun = (campaign: Campaign, rounds: number) => Promise<readonly FaultResult[]>;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    near: { type: 'boolean', default: false },
  },
});

const GROUPS: readonly GroupRun[] = [
  runOf(redisFaults),
  runOf(sqlFaults),
  runOf(relayFaults),
  runOf(cutFaults),
  runOf(clockFaults),
  runOf(clusterFaults),
  runOf(sentinelFaults),
];

const { quick, seed } = values;
const rounds = Number(values.rounds ?? (quick ? 1 : LONG_ROUNDS));
const campaign = new Campaign(quick ? QUICK : LONG, seed, values.near ? NEAR : FAR);
process.once('SIGINT', () => void campaign.cleanup.run().then(() => process.exit(INTERRUPTED)));
process.once('SIGTERM', () => void campaign.cleanup.run().then(() => process.exit(INTERRUPTED)));

const startedAt = performance.now();
console.log(`seed ${seed}, ${rounds} round(s), ${quick ? 'quick' : 'long'}`);
process.exitCode = 1;
try {
  const results = (await Promise.all(GROUPS.map((run) => run(campaign, rounds)))).flat();
  const figures = figuresOf(results);
  if (figures.survived === figures.faults && figures.faults > 0) process.exitCode = 0;
  await campaign.cleanup.run();
  console.log(`\n${reportOf(results)}\n`);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  console.log(JSON.stringify({ ...figures, seed, rounds, seconds }));
} catch (error) {
  console.error(error);
} finally {
  await campaign.cleanup.run();
}

/** The chosen faults of a group one after the other, on one stage. */
function runOf<Place extends Stage>({ name, open, faults }: Group<Place>): GroupRun {
  const { only } = values;
  const chosen = faults.filter((fault) => only.length === 0 || only.includes(fault.name));
  return async (running, roundsWanted) => {
    if (chosen.length === 0) return [];
    const stage = await open(running);
    console.log(`${secondsSoFar()} ${name}: stage is set`);
    const results: FaultResult[] = [];
    const strikes = roundsOf(roundsWanted).flatMap((round) =>
      chosen.map((fault) => ({ round, fault })),
    );
    for (const [index, { round, fault }] of strikes.entries()) {
      if (index > 0) await strikes[index - 1]!.fault.restore?.(stage);
      results.push(await runFault(running, stage, fault, round));
      console.log(`${secondsSoFar()} ${fault.name}`);
    }
    return withRemains(results, stage);
  };
}

function secondsSoFar(): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s`;
}

function roundsOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** When everything has expired, no index may have an entry; the last fault answers for it. */
async function withRemains(
  results: readonly FaultResult[],
  stage: Stage,
): Promise<readonly FaultResult[]> {
  const remains = await remainsAfterAll(stage);
  const last = results.at(-1)!;
  const violations = [...last.violations, ...remains.slice(0, SHOWN_REMAINS)];
  return [...results.slice(0, -1), { ...last, violations }];
}
