import { parseArgs } from 'node:util';
import { within } from '../../src/core/within.js';
import { Arena } from './arena.js';
import { Random } from '../support/random.js';
import type { ModelKind } from './model-runs.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';
import { STORES, type StoreKind } from './store-place.js';
import { Tally, VIOLATIONS } from './tally.js';

const PROCESSES = 3;
/** Of one interleaving; what takes longer hangs. */
const LONGEST_RUN_MS = 120_000;
const MODEL_RUNS = { quick: 200, long: 10_000 } as const;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    store: { type: 'string' },
    scenario: { type: 'string' },
    runs: { type: 'string' },
    model: { type: 'boolean', default: false },
  },
});

function runsOf({ quick, long }: Scenario['runs']): number {
  const runs = Number(values.runs ?? (values.quick ? quick : long));
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new Error(`--runs has to be a whole number of at least 1, not "${values.runs}"`);
  return runs;
}

async function runScenario(arena: Arena, scenario: Scenario): Promise<Tally> {
  await arena.open(scenario);
  const { tally } = arena;
  const began = performance.now();
  const runs = runsOf(scenario.runs);
  for (let run = 1; run <= runs; run += 1) {
    arena.count('interleavings');
    const random = new Random(`${values.seed}:${scenario.name}:${run}`);
    await within(LONGEST_RUN_MS, scenario.run(arena, random)).catch((error: unknown) =>
      arena.check(false, 'unexpected', String(error)),
    );
  }
  await arena.close();
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const verdict = tally.total === 0 ? 'holds' : `${tally.total} VIOLATIONS`;
  console.log(`${scenario.name} (${scenario.promise}): ${verdict}, ${seconds} s`);
  console.log(`  ${JSON.stringify(tally.counts)}`);
  return tally;
}

function figures(kind: StoreKind, tallies: ReadonlyMap<string, Tally>): Record<string, unknown> {
  const all = [...tallies.values()];
  const sum = (of: (tally: Tally) => number): number =>
    all.reduce((total, tally) => total + of(tally), 0);
  const live = all.flatMap(({ counts }) => counts['liveAtLimit'] ?? []);
  return {
    seed: values.seed,
    store: kind,
    interleavings: sum(({ counts }) => counts['interleavings'] ?? 0),
    ...Object.fromEntries(VIOLATIONS.map((kind) => [kind, sum((tally) => tally.of(kind))])),
    liveAtLimit: live.find((count) => count !== live[0]) ?? live[0],
    scenarios: Object.fromEntries([...tallies].map(([name, { counts }]) => [name, counts])),
  };
}

async function race(kind: StoreKind): Promise<boolean> {
  const wanted = SCENARIOS.filter(({ name }) => name === (values.scenario ?? name));
  if (wanted.length === 0) throw new Error(`There is no scenario "${values.scenario}"`);
  console.log(`seed ${values.seed}, ${PROCESSES} processes on ${kind}`);
  const arena = await Arena.start(kind, PROCESSES);
  const tallies = new Map<string, Tally>();
  try {
    for (const scenario of wanted) tallies.set(scenario.name, await runScenario(arena, scenario));
  } finally {
    await arena.stop();
  }
  console.log(JSON.stringify(figures(kind, tallies)));
  return [...tallies.values()].every(({ total }) => total === 0);
}

/** The same sequences on each of the drivers. */
async function checkModel(kinds: readonly ModelKind[]): Promise<boolean> {
  const { runModel } = await import('./model-runs.js');
  const runs = runsOf(MODEL_RUNS);
  let disagreements = 0;
  for (const kind of kinds)
    if (!(await runModel(kind, { runs, seed: Number(values.seed) }))) disagreements += 1;
  console.log(JSON.stringify({ seed: values.seed, stores: kinds, runs, disagreements }));
  return disagreements === 0;
}

function chosen<Kind extends string>(kinds: readonly Kind[]): Kind | undefined {
  if (values.store === undefined) return undefined;
  const found = kinds.find((kind) => kind === values.store);
  if (!found) throw new Error(`--store may be ${kinds.join(', ')}, but not "${values.store}"`);
  return found;
}

async function main(): Promise<boolean> {
  if (!values.model) return race(chosen(STORES) ?? 'redis');
  const kind = chosen<ModelKind>(['memory', ...STORES]);
  return checkModel(kind ? [kind] : ['memory', 'redis']);
}

process.exitCode = (await main()) ? 0 : 1;
