import type { Cluster, Redis } from 'ioredis';
import type { SessionStore } from '../../src/core/session-store.js';
import { redisStore } from 'nestjs-gatehouse/redis';
import { someSettings } from 'nestjs-gatehouse/testing';
import type { DataSource } from 'typeorm';
import { ApplicationNode, type ApplicationHost } from './application-host.js';
import type { ApplicationSetting, RedisPlace } from './application-setting.js';
import type { Campaign } from './campaign.js';
import { redisClientOf } from './redis-client.js';

export const PREFIX = 'gh';
export const SHARDS = 16;

/** Applications on one store, and ways to look behind them. */
export interface Stage {
  readonly nodes: readonly ApplicationNode[];
  /** Of its keys in Redis. */
  readonly prefix: string;
  /** The same sessions, past the applications and whatever is between them and the servers. */
  readonly store: SessionStore;
  readonly redis: Redis | Cluster;
  readonly database: DataSource;
}

/** One application. What is absent is as the stage has it. */
export interface NodeWanted extends Partial<ApplicationSetting> {
  readonly host: ApplicationHost;
}

export interface StageWanted {
  readonly redis: RedisPlace;
  /** Default: `PREFIX`. */
  readonly prefix?: string;
  /** Absent: a database of the shared server. */
  readonly databaseUrl?: string;
  readonly nodes: readonly NodeWanted[];
}

export async function openStage(
  campaign: Campaign,
  { redis, prefix = PREFIX, databaseUrl, nodes }: StageWanted,
): Promise<Stage> {
  const { storeTimeoutMs } = campaign.pace;
  const url = databaseUrl ?? (await campaign.auditDatabase(await campaign.postgres()));
  const database = await campaign.openDatabase(url);
  const setting: ApplicationSetting = {
    redis,
    prefix,
    shards: SHARDS,
    databaseUrl: url,
    storeTimeoutMs,
    rotationIntervalMs: 0,
    durability: 'acknowledged',
    nearCache: campaign.nearCache,
  };
  const forkHost = () => campaign.forkHost();
  const started = await Promise.all(
    nodes.map(({ host, ...own }) => ApplicationNode.start(host, { ...setting, ...own }, forkHost)),
  );
  const client = campaign.stopping(redisClientOf(redis), (opened) => opened.disconnect());
  const store = campaign.stopping(redisStore(client, { prefix, shards: SHARDS }), (opened) =>
    opened.close(),
  );
  await Promise.all([store.start(someSettings()), client.connect()]);
  return { nodes: started, prefix, store, redis: client, database };
}
