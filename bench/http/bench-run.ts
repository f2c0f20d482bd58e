import { Redis } from 'ioredis';
import { startPrivateRedis } from '../../test/support/private-redis.js';
import { SaturatingLoad } from './load.js';
import type { Row } from './rows.js';
import { ServerProcess } from './server-process.js';
import { nobody, signIn, type Place } from './sign-in.js';
import type { Visitor } from './visitors.js';

const VISITORS = 1_000;
export const CONNECTIONS = 32;

export interface RunSetting {
  readonly rows: readonly Row[];
  readonly node: string;
  readonly nodeArguments: readonly string[];
  readonly warmUpMs: number;
}

/** A row, running and warm. */
export interface Contestant {
  readonly row: Row;
  readonly server: ServerProcess;
  readonly place: Place;
  readonly visitors: readonly Visitor[];
}

export interface BenchRun {
  readonly contestants: readonly Contestant[];
  /** Of the Redis that only the servers and this use. */
  readonly redis: Redis;
}

/** Starts all that is measured, and stops it whatever comes of it. */
export async function withRun<Result>(
  setting: RunSetting,
  work: (run: BenchRun) => Promise<Result>,
): Promise<Result> {
  const redisServer = await startPrivateRedis();
  const redis = new Redis(redisServer.url);
  const servers = new Map<string, ServerProcess>();
  try {
    await startServers(setting, redisServer.url, servers);
    const contestants: Contestant[] = [];
    for (const row of setting.rows) contestants.push(await contestantOf(row, servers, contestants));
    for (const contestant of contestants) await warmUp(contestant, setting.warmUpMs);
    return await work({ contestants, redis });
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
    redis.disconnect();
    await redisServer.stop();
  }
}

/** All are there to be stopped when this rejects. */
async function startServers(
  { rows, node, nodeArguments }: RunSetting,
  redisUrl: string,
  servers: Map<string, ServerProcess>,
): Promise<void> {
  const names = [...new Set(rows.map((row) => row.server))];
  const starts = await Promise.allSettled(
    names.map(async (server) => {
      servers.set(server, await ServerProcess.start({ server, node, nodeArguments, redisUrl }));
    }),
  );
  for (const start of starts) if (start.status === 'rejected') throw start.reason;
}

async function contestantOf(
  row: Row,
  servers: ReadonlyMap<string, ServerProcess>,
  before: readonly Contestant[],
): Promise<Contestant> {
  const server = servers.get(row.server)!;
  const place = { port: server.listening.port, path: row.path };
  const visitors =
    before.find((other) => other.server === server)?.visitors ??
    (row.server === 'bare' ? await nobody(place) : await signIn(place, VISITORS));
  return { row, server, place, visitors };
}

async function warmUp({ place, visitors }: Contestant, milliseconds: number): Promise<void> {
  const load = await SaturatingLoad.start(place, visitors, CONNECTIONS);
  await load.run(milliseconds);
  await load.stop();
}
