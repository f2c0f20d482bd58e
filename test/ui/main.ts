/**
 * The two pages and the demo in a headless Chromium, on memory and SQLite, then on Redis and
 * PostgreSQL. `--quick`: the first only. `--only <text>`, repeatable: names that hold the text.
 */
import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';
import { BACKENDS, Stage } from './stage.js';

const LIMIT_MS = 90_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});

const chosen = SCENARIOS.filter(
  ({ name }) => values.only.length === 0 || values.only.some((text) => name.includes(text)),
);

let failed = 0;
for (const backend of values.quick ? BACKENDS.slice(0, 1) : BACKENDS) {
  console.log(`\n${backend}`);
  const stage = await Stage.open(backend);
  try {
    for (const scenario of chosen) if (!(await passes(scenario, stage))) failed += 1;
  } finally {
    await stage.close();
  }
}
console.log(failed === 0 ? '\nAll passed' : `\n${failed} failed`);
process.exit(failed === 0 && chosen.length > 0 ? 0 : 1);

async function passes(scenario: Scenario, stage: Stage): Promise<boolean> {
  const { name } = scenario;
  const startedAt = performance.now();
  try {
    await withinLimit(scenario.run(stage));
    console.log(`  passed  ${name} (${Math.round(performance.now() - startedAt)} ms)`);
    return true;
  } catch (error) {
    console.log(`  FAILED  ${name}\n${error instanceof Error ? error.stack : String(error)}`);
    return false;
  } finally {
    await stage.clear();
  }
}

function withinLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
