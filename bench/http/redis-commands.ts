import type { Redis } from 'ioredis';

/** What keeps connections going and clocks right, and what this measurement itself sends. */
const BACKGROUND = new Set(['ping', 'info', 'time', 'client', 'hello', 'config', 'script']);
const CALLS = /^cmdstat_([^:|]+)[^:]*:calls=(\d+)/gm;

/** Commands that Redis has executed so far, those called by scripts included. */
export async function countCommands(redis: Redis): Promise<number> {
  const statistics = await redis.info('commandstats');
  return [...statistics.matchAll(CALLS)]
    .filter(([, name]) => !BACKGROUND.has(name!))
    .reduce((sum, [, , calls]) => sum + Number(calls), 0);
}
