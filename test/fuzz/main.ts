import { parseArgs } from 'node:util';
import { DOMAINS } from './domains/index.js';
import { crashes, faults, watchForCrashes } from './harm.js';
import { tryAll, type Outcome } from './try-all.js';

const LONG_CASES = 100_000;
const QUICK_CASES = 4_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    cases: { type: 'string' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
const cases = Number(values.cases ?? (values.quick ? QUICK_CASES : LONG_CASES));
const names = values.only?.split(',');
const domains = DOMAINS.filter(({ name }) => names?.includes(name) ?? true);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(cases) || domains.length === 0)
  throw new Error(
    `Options: --quick, --seed <number>, --cases <number>, --only <${DOMAINS.map(({ name }) => name).join(',')}>`,
  );

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function printOutcome({ name, cases: tried, seconds, failure }: Outcome): void {
  print(
    `${failure === undefined ? 'held  ' : 'BROKEN'}  ${name}: ${tried} cases, ${seconds.toFixed(1)} s`,
  );
  if (failure !== undefined) print(failure);
}

/** Whatever keeps the attack from being made; with crashes watched for, nothing else would end it. */
function giveUp(error: unknown): never {
  console.error(error);
  process.exit(1);
}

watchForCrashes();
print(`Hostile input, seed ${seed}`);
const outcomes = await tryAll(domains, { seed, cases }, printOutcome).catch(giveUp);
const failures = outcomes.filter(({ failure }) => failure !== undefined);
print(
  JSON.stringify({
    cases: outcomes.reduce((sum, outcome) => sum + outcome.cases, 0),
    errors500: faults.length,
    crashes: crashes.length,
    violations: failures.length,
    seed,
  }),
);
process.exit(failures.length + crashes.length === 0 ? 0 : 1);
