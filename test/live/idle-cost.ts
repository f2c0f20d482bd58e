import { systemClock } from '../../src/core/clock.js';
import { createSessionCore, type SessionCore } from '../../src/core/session-core.js';
import { resolveSessionOptions } from '../../src/core/policy/session-options.js';
import type { SessionRecord } from '../../src/core/session-record.js';
import { anOperation, aSession } from '../../src/testing/builders.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { shardKeys } from '../../src/storage/redis/redis-keys.js';
import { startPrivateRedis } from '../support/launcher/index.mjs';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { createHook } from 'node:async_hooks';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

export interface IdleCost {
  readonly connections: number;
  /** Processor time of the process in a second, in milliseconds, over that without connections. */
  readonly checkMsPerSecond: number;
  /** The same of the event loop, by the wall clock: on a busy machine that counts what others do. */
  readonly loopMsPerSecond: number;
  /** The same while sessions end in every shard all the time, so that all records are read again and again. */
  readonly busiestLoopMsPerSecond: number;
  /** Longest that the event loop was held up, in milliseconds. */
  readonly longestDelayMs: number;
  /** Timers that were made for them and are still there. */
  readonly timers: number;
  readonly heapBytesEach: number;
}

const AT_ONCE = 200;
const BUSIEST_SECONDS = 15;

/** What connections cost on which nothing happens, each of another session, looked after on Redis. */
export async function measureIdleCost(connections: number, seconds: number): Promise<IdleCost> {
  const server = await startPrivateRedis();
  const client = new Redis(server.url);
  const store = redisStore(client);
  const options = resolveSessionOptions({ audit: false });
  await store.start({ ...options, clock: systemClock, warn: () => undefined });
  const listener = { notice: () => undefined, outboxGrew: () => undefined };
  const core = createSessionCore({ store, options, listener, reportError: console.error });
  const sessions = await createSessions(core, connections);
  await endOneInEach(client, store.shards);
  const before = await busyFor(seconds);
  const heapBefore = heapUsed();
  const timers = await timersOf(() => bindAll(core, sessions));
  const heapAfter = heapUsed();
  await pause(core.options.liveCheckIntervalMs);
  const idle = await busyFor(seconds);
  const endings = setInterval(
    () => void endOneInEach(client, store.shards),
    core.options.liveCheckIntervalMs / 2,
  );
  const busiest = await busyFor(Math.min(seconds, BUSIEST_SECONDS));
  clearInterval(endings);
  core.live.close();
  await core.endings.close();
  await store.close();
  client.disconnect();
  await server.stop();
  return {
    connections,
    checkMsPerSecond: rounded(idle.processorMs - before.processorMs),
    loopMsPerSecond: rounded(idle.loopMs - before.loopMs),
    busiestLoopMsPerSecond: rounded(busiest.loopMs - before.loopMs),
    longestDelayMs: rounded(idle.longestDelayMs),
    timers,
    heapBytesEach: Math.round((heapAfter - heapBefore) / connections),
  };
}

async function createSessions(core: SessionCore, count: number): Promise<readonly SessionRecord[]> {
  const sessions: SessionRecord[] = [];
  while (sessions.length < count)
    sessions.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - sessions.length) }, async () => {
          const session = aSession({ clock: systemClock, shards: core.store.shards });
          await core.store.create({ session }, anOperation(systemClock));
          return (await core.store.find(session.id))!.session as SessionRecord;
        }),
      )),
    );
  return sessions;
}

/** As the check sees it: other sessions than those that are bound. */
async function endOneInEach(client: Redis, shards: number): Promise<void> {
  const keys = Array.from({ length: shards }, (_, shard) => shardKeys('gh', shard).lastEnding);
  await client.mset(Object.fromEntries(keys.map((key) => [key, randomUUID()])));
}

async function bindAll(core: SessionCore, sessions: readonly SessionRecord[]): Promise<void> {
  const connection = { close: () => undefined, terminate: () => undefined };
  for (let from = 0; from < sessions.length; from += AT_ONCE)
    await Promise.all(
      sessions.slice(from, from + AT_ONCE).map((session) => core.live.bind(session, connection)),
    );
}

interface Busy {
  readonly processorMs: number;
  readonly loopMs: number;
  readonly longestDelayMs: number;
}

async function busyFor(seconds: number): Promise<Busy> {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  const processor = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  delay.enable();
  await pause(seconds * 1_000);
  delay.disable();
  const { user, system } = process.cpuUsage(processor);
  const { active } = performance.eventLoopUtilization(loop);
  return {
    processorMs: (user + system) / 1_000 / seconds,
    loopMs: active / seconds,
    longestDelayMs: delay.max / 1e6,
  };
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** How many timers the work leaves behind. */
async function timersOf(work: () => Promise<void>): Promise<number> {
  const alive = new Set<number>();
  const hook = createHook({
    init: (id, type) => type === 'Timeout' && alive.add(id),
    destroy: (id) => alive.delete(id),
  }).enable();
  await work();
  await pause(100);
  hook.disable();
  return alive.size;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
