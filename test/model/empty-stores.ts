import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { sqlStore } from '../../src/storage/sql/index.js';
import type { DataSource } from 'typeorm';
import type { OpenEmptyStore } from './check-against-model.js';

export const inMemory: OpenEmptyStore = async (shards) => ({
  store: memoryStore({ shards }),
  drop: async () => undefined,
});

/** Under a prefix of its own, so that others may use the server too. */
export const inRedis =
  (client: Redis): OpenEmptyStore =>
  async (shards) => {
    const prefix = `gh${randomBytes(8).toString('hex')}`;
    const drop = async (): Promise<void> => {
      const keys = await client.keys(`${prefix}:*`);
      if (keys.length > 0) await client.unlink(keys);
    };
    return { store: redisStore(client, { prefix, shards }), drop };
  };

/** In tables that nobody else uses, and that are migrated. */
export const inSql =
  (dataSource: DataSource): OpenEmptyStore =>
  async (shards) => {
    const drop = async (): Promise<void> => {
      for (const { tableName } of dataSource.entityMetadatas)
        if (tableName !== 'session_layout') await dataSource.query(`delete from ${tableName}`);
    };
    return { store: sqlStore(dataSource, { shards }), drop };
  };
