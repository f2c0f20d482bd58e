import type { Redis } from 'ioredis';
import { CONNECTIONS, type Contestant } from './bench-run.js';
import { SaturatingLoad } from './load.js';
import { countCommands } from './redis-commands.js';

/** Connections are new and caches may be stale when a row has its turn. */
const LEAD_MS = 200;

/** One row's turn in one round. */
export interface Slice {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: number;
  /** Share of the time in which the server's process used its core; 1 where it is what limits. */
  readonly busy: number;
  readonly redisCommandsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What a server can do at most. */
export async function measureThroughput(
  { server, place, visitors }: Contestant,
  redis: Redis,
  sliceMs: number,
): Promise<Slice> {
  const load = await SaturatingLoad.start(place, visitors, CONNECTIONS);
  await load.run(LEAD_MS);
  const commandsBefore = await countCommands(redis);
  const answeredBefore = load.answered;
  const before = await server.ask('usage');
  const usageFrom = load.answered;
  const latencies = await load.run(sliceMs);
  const after = await server.ask('usage');
  const requests = load.answered - usageFrom;
  const commands = (await countCommands(redis)) - commandsBefore;
  const answered = load.answered - answeredBefore;
  await load.stop();
  const elapsedMs = after.atMs - before.atMs;
  const cpuUs = after.cpuUs - before.cpuUs;
  return {
    requestsPerSecond: (requests / elapsedMs) * 1_000,
    cpuUsPerRequest: cpuUs / requests,
    busy: cpuUs / 1_000 / elapsedMs,
    redisCommandsPerRequest: commands / answered,
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
  };
}
