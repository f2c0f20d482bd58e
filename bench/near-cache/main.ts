/*
 * How soon a session that is ended on one node is refused on another that keeps sessions near.
 *
 *   npm run bench:near               500 endings idle and 500 under load, about two minutes
 *   npm run bench:near -- --quick    100 of each, and 3 frozen links instead of 10
 *
 * Nodes are processes, each with the near cache, on one Redis. A session that both have kept near is
 * ended through node A; from A's answer on, node B is asked for it again and again, one request after
 * the other, until it refuses. Then the same with 2,000 requests a second to both nodes together, of
 * 1,000 other visitors; and with a node whose link to Redis has been frozen, neither cut nor closed,
 * since just before the ending. Prints a table, and as the last line of the output one JSON object.
 */
import { Redis } from 'ioredis';
import { SteadyLoad } from '../http/load.js';
import { ServerProcess } from '../http/server-process.js';
import { signIn } from '../http/sign-in.js';
import { startPrivateRedis } from '../../test/support/launcher/index.mjs';
import { startSilencingProxy } from '../../test/live/silencing-proxy.js';
import { measureEndings, measureFrozenLinks, type Endings } from './endings.js';

const REQUESTS_A_SECOND = 2_000;
const OTHERS = 1_000;
const CONNECTIONS = 32;

const isQuick = process.argv.includes('--quick');
const endings = isQuick ? 100 : 500;
const frozenLinks = isQuick ? 3 : 10;

const redis = await startPrivateRedis();
const proxy = await startSilencingProxy(redis.port);
const startNode = (port: number): Promise<ServerProcess> =>
  ServerProcess.start({
    server: 'near',
    node: process.execPath,
    nodeArguments: [],
    redisUrl: `redis://127.0.0.1:${port}`,
  });
const nodes = [
  await startNode(redis.port),
  await startNode(redis.port),
  await startNode(proxy.port),
];
const [killer, other, throughProxy] = nodes.map(({ listening }) => listening.port) as [
  number,
  number,
  number,
];

async function underLoad(): Promise<Endings> {
  const places = [killer, other].map((port) => ({ port, path: '/me' }));
  const visitors = await signIn(places[0]!, OTHERS);
  const rate = { connections: CONNECTIONS, perSecond: REQUESTS_A_SECOND / places.length };
  const loads = await Promise.all(places.map((place) => SteadyLoad.start(place, visitors, rate)));
  try {
    return await measureEndings({ killer, other, count: endings });
  } finally {
    for (const load of loads) await load.stop();
  }
}

/** What the messages cost Redis, by its own clock. */
async function costOfPublishing(): Promise<number> {
  const client = new Redis(redis.url);
  const stats = await client.info('commandstats');
  await client.quit();
  return Number(/^cmdstat_publish:.*usec_per_call=([\d.]+)/m.exec(stats)?.[1]);
}

const idle = await measureEndings({ killer, other, count: endings });
const publishUs = await costOfPublishing();
const loaded = await underLoad();
const frozen = await measureFrozenLinks({
  killer,
  other: throughProxy,
  count: frozenLinks,
  proxy,
});

console.table({
  idle: idle.figures,
  [`${REQUESTS_A_SECOND} requests a second`]: loaded.figures,
  'link frozen': frozen.figures,
});
for (const node of nodes) await node.stop();
await proxy.close();
await redis.stop();
console.log(
  JSON.stringify({
    node: process.version,
    idle: idle.figures,
    loaded: loaded.figures,
    frozen: frozen.figures,
    publishUs,
  }),
);
