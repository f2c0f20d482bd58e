import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range from which systems pick the local port of an outgoing connection. Otherwise
 * a client that retries a stopped server may get the server's own port, connect to itself,
 * and keep the server from coming back.
 */
const LOWEST = 15_000;
const HIGHEST = 31_999;
const ATTEMPTS = 50;

/** How far above its port a node of a Redis Cluster listens for the others. */
const BUS_DISTANCE = 10_000;

/** A loopback port that was free a moment ago; another process may still take it first. */
export const findFreePort = () => findPort(HIGHEST, isFree);

/** The same for a node of a Redis Cluster, which takes a second port for the others. */
export const findFreeClusterPort = () =>
  findPort(
    HIGHEST - BUS_DISTANCE,
    async (port) => (await isFree(port)) && isFree(port + BUS_DISTANCE),
  );

async function findPort(highest, isFit) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, highest + 1);
    if (await isFit(port)) return port;
  }
  throw new Error(`No free port found from ${LOWEST} to ${highest}`);
}

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
