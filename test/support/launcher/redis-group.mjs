import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

const PORT_ATTEMPTS = 5;
const ANSWERED_WITHIN_MS = 1_000;
const SETTLED_WITHIN_MS = 60_000;
const POLL_MS = 50;

/**
 * Starts servers that have to know each other's ports beforehand; if another process takes one
 * of the ports meanwhile, all start again on others.
 *
 * @param {number} size
 * @param {() => Promise<number>} findPort
 * @param {(ports: readonly number[]) => readonly Promise<import('./index.mjs').PrivateServer>[]} start
 */
export async function startTogether(size, findPort, start) {
  for (let attempt = 1; ; attempt += 1) {
    const started = await Promise.allSettled(start(await findPorts(size, findPort)));
    const failed = started.find(({ status }) => status === 'rejected');
    if (!failed) return started.map(({ value }) => value);
    await stopAll(started.flatMap(({ value }) => value ?? []));
    const clash = /address already in use/i.test(failed.reason.message);
    if (!clash || attempt === PORT_ATTEMPTS) throw failed.reason;
  }
}

export const stopAll = (servers) => Promise.all(servers.map((server) => server.stop()));

async function findPorts(size, findPort) {
  const ports = new Set();
  while (ports.size < size) ports.add(await findPort());
  return [...ports];
}

/** What one server answers, without trying again; undefined if it does not. */
export async function ask({ port }, question) {
  const node = new Redis(port, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  node.on('error', () => undefined);
  const impatience = setTimeout(() => node.disconnect(), ANSWERED_WITHIN_MS);
  try {
    return await question(node);
  } catch {
    return undefined;
  } finally {
    clearTimeout(impatience);
    node.disconnect();
  }
}

export async function until(what, isTrue) {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what} took too long`);
    await delay(POLL_MS);
  }
}

/** How many replicas a master sees in sync, as `INFO replication` tells. */
export const onlineReplicasIn = (info) => (info.match(/^slave\d+:.*state=online/gm) ?? []).length;
