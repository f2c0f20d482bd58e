/*
 * What a session costs a request: the same small Nest application with one way of knowing its user
 * after the other, each a server in a process of its own.
 *
 *   npm run bench                              everything, about ten minutes
 *   npm run bench -- --quick                   the same, shorter: under a minute
 *   npm run bench -- --counts                  only what noise cannot touch, held to its bounds
 *   npm run bench -- --node 24                 the servers run on that Node, fetched through npm
 *   npm run bench -- --only bare,strict        these rows alone; rows.ts has their names
 *   npm run bench -- --only strict --profile   and where their time goes, by `node --cpu-prof`
 *
 * Prints tables, and as the last line of the output one JSON object.
 *
 * Servers take turns on one core; the generator and Redis have the others. 1,000 signed-in visitors
 * ask for `GET /me` (78 bytes) in rotation. Every row has its turn in every round, in an order that
 * is reversed each time, and a ratio is the median over the rounds of the ratios within a round: so
 * noise that outlasts a round meets both of its sides. A wrong answer fails the run. That the server
 * limits and not the generator is seen in the column `core busy`.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureAtRate } from './added-latency.js';
import { withRun, type BenchRun } from './bench-run.js';
import { canPin, leaveServerCore } from './cores.js';
import { count, excesses, type Counts } from './counts.js';
import { readOptions, type Extent } from './options.js';
import { printProfiles } from './profile.js';
import { printTables, summaryOf, type Measurements } from './report.js';
import { interleave } from './rounds.js';
import { PRINCIPAL_ROWS } from './rows.js';
import { measureThroughput } from './throughput.js';

async function measure({ contestants, redis }: BenchRun, extent: Extent): Promise<Measurements> {
  const { throughput, latency } = extent;
  const slices = await interleave(contestants, throughput, (contestant) =>
    measureThroughput(contestant, redis, throughput.sliceMs),
  );
  const principal = contestants.filter(({ row }) => PRINCIPAL_ROWS.includes(row.name));
  const steady = await interleave(principal, latency, (contestant) =>
    measureAtRate(contestant, latency.sliceMs),
  );
  const counts = new Map<string, Counts>();
  for (const contestant of extent.counts === 'all' ? contestants : principal)
    counts.set(contestant.row.name, await count(contestant, redis));
  return { node: contestants[0]!.server.listening.version, slices, steady, counts };
}

const { rows, node, profile, extent } = readOptions();
leaveServerCore();
if (!canPin) console.log('Nothing is pinned to a core here: the ratios say less.');

const profiles = profile ? await mkdtemp(join(tmpdir(), 'gatehouse-bench-')) : undefined;
const measurements = await withRun(
  {
    rows,
    node,
    nodeArguments: profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [],
    warmUpMs: extent.warmUpMs,
  },
  (run) => measure(run, extent),
);
printTables(measurements);
if (profiles) await printProfiles(profiles);
console.log(`\n${JSON.stringify(summaryOf(measurements))}`);

const over = excesses(measurements.counts);
for (const excess of over) console.error(excess);
if (over.length > 0) process.exitCode = 1;
