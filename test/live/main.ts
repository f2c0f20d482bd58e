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

/** One group after the other; those of a group at the same time. */
const GROUPS: readonly (readonly StageOptions[])[] = values.quick
  ? [
      [{ name: 'redis', store: 'redis', link: 'up', rounds: 10, endings: 'all' }],
      [
        { name: 'redis-silenced', store: 'redis', link: 'silenced', rounds: 5, endings: 'prompt' },
        { name: 'postgres', store: 'postgres', link: 'up', rounds: 5, endings: 'prompt' },
      ],
    ]
  : [
      [{ name: 'redis', store: 'redis', link: 'up', rounds: 100, endings: 'all' }],
      [{ name: 'redis-silenced', store: 'redis', link: 'silenced', rounds: 20, endings: 'all' }],
      [{ name: 'postgres', store: 'postgres', link: 'up', rounds: 50, endings: 'all' }],
      [
        {
          name: 'postgres-silenced',
          store: 'postgres',
          link: 'silenced',
          rounds: 20,
          endings: 'all',
        },
      ],
    ];
const IDLE_SECONDS = values.quick ? 5 : 30;

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
  const idle = wanted(IDLE) ? await measureIdleCost(IDLE_CONNECTIONS, IDLE_SECONDS) : undefined;
  const isWithinBudget = idle && idle.checkMsPerSecond < CHECK_BUDGET_MS;
  if (idle) console.log(IDLE, { ...idle, isWithinBudget });
  const holds =
    Object.values(stages).every(({ failures }) => failures.length === 0) &&
    (idle === undefined || idle.timers <= MOST_TIMERS);
  console.log(JSON.stringify({ holds, stages, idle, isWithinBudget }));
  return holds;
}

process.exitCode = (await main()) ? 0 : 1;
