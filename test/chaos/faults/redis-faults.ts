import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { startPrivateRedis, type PrivateServer } from '../../support/private-redis.js';
import type { Campaign } from '../campaign.js';
import { STORE_AWAY, wait, type Fault, type Group } from '../fault.js';
import { openStage, type Stage } from '../stage.js';

const AOF_ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always'];
const NO_REWRITE = ['--auto-aof-rewrite-percentage', '0'];
const POWER_CUT_LOSES_MS = 1_000;

interface RedisStage extends Stage {
  readonly server: PrivateServer;
  readonly redis: Redis;
}

async function open(campaign: Campaign): Promise<RedisStage> {
  const server = campaign.stopping(
    await startPrivateRedis({ args: [...AOF_ALWAYS, ...NO_REWRITE] }),
    (started) => started.stop(),
  );
  const nodes = (await campaign.hosts()).map((host) => ({ host }));
  const stage = await openStage(campaign, { redis: { kind: 'single', port: server.port }, nodes });
  return { ...stage, server, redis: stage.redis as Redis };
}

const outage = {
  lastsMs: ({ redisOutageMs }) => redisOutageMs,
  mayAnswer: STORE_AWAY,
  storeAway: 'everywhere',
} satisfies Partial<Fault<RedisStage>>;

const killed = {
  ...outage,
  inject: ({ stage }) => stage.server.kill(),
  heal: ({ stage }) => stage.server.restart(),
} satisfies Partial<Fault<RedisStage>>;

const everysec = async ({ redis }: RedisStage): Promise<void> => {
  await redis.config('SET', 'appendfsync', 'everysec');
};

/** Nothing that was acknowledged is lost: it was on the disk before. */
const killedAofAlways: Fault<RedisStage> = {
  ...killed,
  name: 'redis-killed-aof-always',
  keeps: 'everything',
};

/** What was written is with the operating system, which outlives the process. */
const killedAofEverysec: Fault<RedisStage> = {
  ...killed,
  name: 'redis-killed-aof-everysec',
  prepare: everysec,
  keeps: 'everything',
};

/** The machine goes with the process: what of the last second was not yet on the disk is gone. */
const powerCutAofEverysec: Fault<RedisStage> = {
  ...outage,
  name: 'power-cut-aof-everysec',
  prepare: everysec,
  keeps: 'measured',
  inject: async ({ stage }) => {
    const file = await appendOnlyFile(stage.redis);
    const { size } = await stat(file);
    await wait(POWER_CUT_LOSES_MS);
    await stage.server.kill();
    await truncate(file, size);
  },
  heal: ({ stage }) => stage.server.restart(),
};

/** Connections stand and nobody answers. */
const stopped: Fault<RedisStage> = {
  ...outage,
  name: 'redis-stopped',
  keeps: 'everything',
  inject: async ({ stage }) => stage.server.pause(),
  heal: async ({ stage }) => stage.server.resume(),
};

/** Redis refuses what needs memory; ending a session does not. */
const memoryFull: Fault<RedisStage> = {
  name: 'memory-full',
  keeps: 'everything',
  mayAnswer: STORE_AWAY,
  lastsMs: ({ redisOutageMs }) => redisOutageMs,
  inject: async ({ stage, note }) => {
    await stage.redis.config('SET', 'maxmemory', '1');
    const info = await stage.redis.info('memory');
    note(`maxmemory 1 byte, ${/maxmemory_policy:(\w+)/.exec(info)?.[1]}`);
  },
  heal: async ({ stage }) => {
    await stage.redis.config('SET', 'maxmemory', '0');
  },
};

export const redisFaults: Group<RedisStage> = {
  name: 'redis',
  open,
  faults: [killedAofAlways, stopped, memoryFull, killedAofEverysec, powerCutAofEverysec],
};

async function appendOnlyFile(redis: Redis): Promise<string> {
  const [, folder] = (await redis.config('GET', 'dir')) as [string, string];
  const appended = join(folder, 'appendonlydir');
  const files = (await readdir(appended)).filter((name) => name.endsWith('.incr.aof'));
  return join(appended, files.sort().at(-1)!);
}
