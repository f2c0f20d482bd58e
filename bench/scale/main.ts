/**
 * What sessions cost by their number: bytes in Redis, listing and ending a user's, a page of the
 * operator's list, sweeping, each with 10,000, 100,000 and 1,000,000 sessions of users who have
 * five; beside them connect-redis, which finds a user's sessions by reading all. Then the arithmetic
 * of docs/scale.md.
 * `npm run bench:scale`; with `--quick` 10,000 only, with `--sessions <number>` that many. The last
 * line is one JSON object.
 */
import { parseArgs } from 'node:util';
import { capacityTable, measuredTable } from './capacity.js';
import { measureConnectRedis, type ConnectRedisResult } from './connect-redis-side.js';
import { measureOurs, type OurResult } from './our-side.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    sessions: { type: 'string', multiple: true },
  },
});
const sizes =
  values.sessions?.map(Number) ?? (values.quick ? [10_000] : [10_000, 100_000, 1_000_000]);

interface Result extends OurResult {
  readonly sessions: number;
  readonly connectRedis: ConnectRedisResult;
}

const results: Result[] = [];
for (const sessions of sizes) {
  const ours = await measureOurs(sessions);
  print(sessions, ours);
  const connectRedis = await measureConnectRedis(sessions);
  console.table({ 'connect-redis': connectRedis });
  results.push({ sessions, ...ours, connectRedis });
}
const largest = results.at(-1);
if (largest)
  console.log(`\nFor docs/scale.md:\n\n${measuredTable(largest)}\n\n${capacityTable(largest)}\n`);
console.log(JSON.stringify({ node: process.version, results }));
process.exit(0);

function print(
  sessions: number,
  { redis, memory, tombstoneBytes, load, costs, sweep }: OurResult,
): void {
  console.log(
    `${sessions} sessions in Redis ${redis}; bytes of each, milliseconds of a call, opened a second, sweep`,
  );
  console.table({ bytes: { ...memory, tombstone: tombstoneBytes } });
  console.table(costs);
  console.table({ load, sweep });
}
