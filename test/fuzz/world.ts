import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { startPrivateRedis } from '../support/private-redis.js';
import { startTargetApp, type TargetApp } from './target-app.js';

/** What all domains try their inputs on. */
export interface World {
  /** One on each driver. */
  readonly apps: readonly TargetApp[];
  /** Of the private Redis, as its administrator. */
  readonly redis: Redis;
  readonly redisUrl: string;
  /** Key prefixes in use there, to which domains may add. */
  readonly prefixes: Set<string>;
  close(): Promise<void>;
}

/** A Redis of our own, and an application on it and another in memory. */
export async function openWorld(): Promise<World> {
  const server = await startPrivateRedis();
  const { Redis } = await import('ioredis');
  const redis = new Redis(server.url);
  const prefix = freshPrefix();
  const apps = [
    await startTargetApp(memoryStore(), redis),
    await startTargetApp(redisStore(redis, { prefix }), redis),
  ];
  return {
    apps,
    redis,
    redisUrl: server.url,
    prefixes: new Set([prefix]),
    close: async () => {
      await Promise.all(apps.map((app) => app.close()));
      redis.disconnect();
      await server.stop();
    },
  };
}

export const freshPrefix = (): string => `gh${randomBytes(4).toString('hex')}`;
