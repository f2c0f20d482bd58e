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

/** A loopback port that was free a moment ago; another process may still take it first. */
export async function findFreePort() {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port found from ${LOWEST} to ${HIGHEST}`);
}

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
