import { Random } from '../support/random.js';
import type { AuditBalance } from './audit-check.js';
import type { Campaign } from './campaign.js';
import { wait, type Fault, type Strike } from './fault.js';
import { inspect } from './inspection.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import type { Stage } from './stage.js';
import { Tally } from './tally.js';
import { Traffic, type Target } from './traffic.js';

/** What became of one fault. */
export interface FaultResult {
  readonly fault: string;
  readonly keeps: Fault<Stage>['keeps'];
  readonly requests: number;
  /** Answers that a healthy application does not give, by status and code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly longestWaitMs: number;
  /** Until every application did everything again. */
  readonly recoveredMs: number;
  /** Until every event was in the database. */
  readonly auditedMs: number;
  readonly auditLost: number;
  readonly auditDoubled: number;
  readonly killsUndone: number;
  readonly sessionsLost: number;
  readonly writesLost: number;
  readonly violations: readonly string[];
  readonly notes: readonly string[];
}

const RECOVERY_LIMIT_MS = 30_000;
const POLL_MS = 25;
const PROBES_A_NODE = 8;

/** Traffic, the fault, the recovery, and then everything held against the ledger. */
export async function runFault<Place extends Stage>(
  campaign: Campaign,
  place: Place,
  fault: Fault<Place>,
  round: number,
): Promise<FaultResult> {
  const userPrefix = `${fault.name}-${round}-`;
  const notes: string[] = [];
  const strike = strikeOf(campaign, place, fault, { userPrefix, notes });
  const { stage, pace, random, traffic } = strike;
  await fault.prepare?.(stage);
  const load = new Load({ traffic, random, workers: pace.workers, pauseMs: pace.pauseMs });
  try {
    await wait(pace.calmMs);
    await unleash(fault, strike);
    const healedAt = performance.now();
    const recoveredMs = await untilRecovered(strike);
    await wait(pace.calmMs);
    await load.stop();
    const auditedMs = (await untilAudited(strike)) - healedAt;
    await fault.inspect?.(strike);
    const balance = await inspect({ ...strike, userPrefix });
    if (balance.undone > 0) notes.push(`${balance.undone} audit rows of kills that came undone`);
    return resultOf(fault, strike, { recoveredMs, auditedMs, balance, notes });
  } finally {
    await load.stop();
  }
}

function strikeOf<Place extends Stage>(
  { pace, http, seed, servedForMs }: Campaign,
  place: Place,
  fault: Fault<Place>,
  { userPrefix, notes }: { readonly userPrefix: string; readonly notes: string[] },
): Strike<Place> {
  const stage = { ...place, ...fault.stageOf?.(place) };
  const random = new Random(`${seed} ${userPrefix}`);
  const boundMs = pace.storeTimeoutMs + pace.allowanceMs;
  const tally = new Tally({ boundMs, mayAnswer: fault.mayAnswer });
  const traffic = new Traffic({
    nodes: stage.nodes,
    http,
    ledger: new Ledger(),
    tally,
    random,
    userPrefix,
    settledAfterMs: boundMs,
    servedForMs,
  });
  return { stage, pace, random, traffic, tally, note: (text) => void notes.push(text) };
}

async function unleash<Place extends Stage>(
  fault: Fault<Place>,
  strike: Strike<Place>,
): Promise<void> {
  await fault.inject(strike);
  if (fault.storeAway) strike.tally.storeAway();
  if (fault.lastsMs) await wait(fault.lastsMs(strike.pace));
  strike.tally.storeBack();
  await fault.heal?.(strike);
}

/** Until every application let one user after the other log in, come in and be killed. */
async function untilRecovered(strike: Strike<Stage>): Promise<number> {
  const start = performance.now();
  const recovered = await Promise.all(strike.stage.nodes.map((node) => untilWorking(strike, node)));
  return Math.max(...recovered) - start;
}

/** The instant at which the first of the users began that all passed. */
async function untilWorking({ traffic, tally }: Strike<Stage>, node: Target): Promise<number> {
  const deadline = performance.now() + RECOVERY_LIMIT_MS;
  let since = performance.now();
  for (let passed = 0; passed < PROBES_A_NODE;) {
    if (await traffic.probe(node)) {
      passed += 1;
      continue;
    }
    passed = 0;
    await wait(POLL_MS);
    since = performance.now();
    if (since < deadline) continue;
    tally.violate(`${node.url} has not recovered in ${RECOVERY_LIMIT_MS} ms`);
    return since;
  }
  return since;
}

/** The instant at which no event waited any more. */
async function untilAudited({ stage: { store }, tally }: Strike<Stage>): Promise<number> {
  const deadline = performance.now() + RECOVERY_LIMIT_MS;
  const shards = Array.from({ length: store.shards }, (_, shard) => shard);
  for (;;) {
    const states = await Promise.all(shards.map((shard) => store.outboxState(shard))).catch(
      () => undefined,
    );
    if (states?.every(({ entries }) => entries === 0)) return performance.now();
    if (performance.now() > deadline) {
      tally.violate(`events still wait after ${RECOVERY_LIMIT_MS} ms`);
      return deadline;
    }
    await wait(POLL_MS);
  }
}

function resultOf<Place extends Stage>(
  fault: Fault<Place>,
  { tally }: Strike<Place>,
  measured: {
    readonly recoveredMs: number;
    readonly auditedMs: number;
    readonly balance: AuditBalance;
    readonly notes: readonly string[];
  },
): FaultResult {
  const { balance, notes, recoveredMs, auditedMs } = measured;
  const { requests, longestWaitMs, killsUndone, sessionsLost, writesLost } = tally;
  const mayLose = fault.keeps === 'measured';
  return {
    fault: fault.name,
    keeps: fault.keeps,
    requests,
    errors: Object.fromEntries(tally.errors),
    longestWaitMs: Math.round(longestWaitMs),
    recoveredMs: Math.round(recoveredMs),
    auditedMs: Math.round(Math.max(0, auditedMs)),
    auditLost: balance.lost,
    auditDoubled: balance.doubled,
    killsUndone,
    sessionsLost,
    writesLost,
    violations: mayLose ? tally.violations : [...tally.violations, ...tally.losses],
    notes,
  };
}
