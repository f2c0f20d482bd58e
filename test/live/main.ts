import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { measureIdleCost } from './idle-cost.js';
import { Stage, type StageOptions, type StageResult } from './stage.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    stage: { type: 'string' },
  },
});

const IDLE_CONNECTIONS = 10_000;
/** What the check may cost of a second, on a machine that does nothing else. */
const CHECK_BUDGET_MS = 5;
/** Of the registry, of the store's link, and of the pause in which they are counted. */
const MOST_TIMERS = 10;
const IDLE = 'idle';

const REDIS = { name: 'redis', store: 'redis', link: 'up' } as const;
const POSTGRES = { name: 'postgres', store: 'postgres', link: 'up' } as const;
const REDIS_SILENCED = { ...REDIS, name: 'redis-silenced', link: 'silenced' } as const;
const POSTGRES_SILENCED = { ...POSTGRES, name: 'postgres-silenced', link: 'silenced' } as const;
const HURRIED = {
  rounds: 2,
  pace: 'hurried',
  life: { idleMs: 8_000, absoluteMs: 10_000 },
} as const;
const MEASURED = {
  rounds: 20,
  pace: 'measured',
  life: { idleMs: 20_000, absoluteMs: 24_000 },
} as const;

/** One group after the other; those of a group at the same time. */
const GROUPS: readonly (readonly StageOptions[])[] = values.quick
  ? [[REDIS, POSTGRES, REDIS_SILENCED].map((stage) => ({ ...stage, ...HURRIED }))]
  : [
      [{ ...REDIS, ...MEASURED, rounds: 60 }],
      [{ ...POSTGRES, ...MEASURED, rounds: 40 }],
      [REDIS_SILENCED, POSTGRES_SILENCED].map((stage) => ({ ...stage, ...MEASURED })),
    ];
/** Longer than any record stays unread. */
const IDLE_SECONDS = values.quick ? 5 : 70;

function print(name: string, { ended, clients, all, failures }: StageResult): void {
  const line = ({ count, p50, p99, max }: StageResult['all']): string =>
    `${String(count).padStart(5)} closed, ms: p50 ${p50}, p99 ${p99}, longest ${max}`;
  console.log(`${name}: ${failures.length === 0 ? 'all closed' : 'NOT ALL CLOSED'}`);
  for (const [what, figures] of [...Object.entries(ended), ...Object.entries(clients)])
    console.log(`  ${what.padEnd(12)}${line(figures)}`);
  console.log(`  ${'pushed'.padEnd(12)}${line(all)}`);
  for (const failure of failures) console.log(`  FAILED ${failure}`);
}

async function main(): Promise<boolean> {
  const wanted = (name: string): boolean => (values.stage ?? name) === name;
  const stages: Record<string, StageResult> = {};
  for (const group of GROUPS)
    await Promise.all(
      group
        .filter(({ name }) => wanted(name))
        .map(async (options) => {
          stages[options.name] = await Stage.run(options);
          print(options.name, stages[options.name]!);
        }),
    );
  const isIdleWanted = values.stage === undefined ? !values.quick : wanted(IDLE);
  const idle = isIdleWanted ? await measureIdleCost(IDLE_CONNECTIONS, IDLE_SECONDS) : undefined;
  const isWithinBudget = idle && idle.loopMsPerSecond < CHECK_BUDGET_MS;
  if (idle) console.log(IDLE, { ...idle, isWithinBudget });
  const holds =
    Object.values(stages).every(({ failures }) => failures.length === 0) &&
    (idle === undefined || idle.timers <= MOST_TIMERS);
  console.log(JSON.stringify({ holds, stages, idle, isWithinBudget }));
  return holds;
}

process.exitCode = (await main()) ? 0 : 1;
