/*
 * How fast audit events reach PostgreSQL, and that logins do not wait for it. Redis, PostgreSQL
 * (durable: fsync on) and the application are on this machine. `npm run bench:relay [-- --quick]`;
 * the last line is one JSON object.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { startPrivatePostgres, startPrivateRedis } from '../../test/support/launcher/index.mjs';
import { measureLogins, type LoginExtent } from './logins.js';
import { measureThroughput, type Servers, type Throughput } from './throughput.js';

interface Extent extends LoginExtent {
  readonly events: number;
}

const SHARDS = [1, 5, 64];
const QUICK: Extent = { events: 5_000, rounds: 2, sliceMs: 1_000, lagMs: 3_000 };
const LONG: Extent = { events: 200_000, rounds: 7, sliceMs: 5_000, lagMs: 30_000 };
/** As a production server has it, but for the commit times that the lag is read from. */
const POSTGRES = ['--fsync=on', '--full-page-writes=on', '--track-commit-timestamp=on'];

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const extent = values.quick ? QUICK : LONG;

async function measureAll(servers: Servers): Promise<boolean> {
  const relay: Throughput[] = [];
  for (const shards of SHARDS) {
    const found = await measureThroughput(servers, shards, extent.events);
    console.log(
      `${shards} shards: ${found.eventsPerSecond} events/s, ${found.cpuUsPerEvent} µs of CPU each`,
    );
    relay.push(found);
  }
  const { latency, lag } = await measureLogins(servers, extent);
  console.table(latency);
  console.log(`lag at ${lag.loginsPerSecond} logins/s: p50 ${lag.p50} ms, p99 ${lag.p99} ms`);
  const isWhole = relay.every((found) => found.isWhole);
  const eventsPerSecond = Math.min(...relay.map((found) => found.eventsPerSecond));
  const figures = { node: process.version, isWhole, eventsPerSecond, relay, latency, lag };
  console.log(JSON.stringify(figures));
  return isWhole;
}

const [redis, postgres] = await Promise.all([
  startPrivateRedis(),
  startPrivatePostgres({ args: POSTGRES }),
]);
try {
  const servers = { redisUrl: redis.url, postgresUrl: postgres.url };
  process.exitCode = (await measureAll(servers)) ? 0 : 1;
} finally {
  await Promise.all([redis.stop(), postgres.stop()]);
}
