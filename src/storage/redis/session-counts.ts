import type { SessionCounts } from '../../core/session-store.js';
import type { RedisClient } from './redis-connection.js';
import type { ShardKeys } from './redis-keys.js';

/** Of all: without what a new epoch has made due at once, which has the score of 0. */
async function nextDueAt(client: RedisClient, expiry: string): Promise<number | undefined> {
  const [, score] = await client.zrange(
    expiry,
    '(0',
    '+inf',
    'BYSCORE',
    'LIMIT',
    0,
    1,
    'WITHSCORES',
  );
  return score === undefined ? undefined : Number(score);
}

/** What the scripts have counted in each shard, added up: two commands a shard. */
export async function readCounts(
  client: RedisClient,
  shards: readonly Pick<ShardKeys, 'counts' | 'expiry'>[],
  tenantId: string | undefined,
): Promise<SessionCounts> {
  const suffix = tenantId === undefined ? '' : `:${tenantId}`;
  const counted = await Promise.all(
    shards.map(async ({ counts, expiry }) => ({
      numbers: (await client.hmget(counts, `s${suffix}`, `u${suffix}`)).map(Number),
      dueAt: await nextDueAt(client, expiry),
    })),
  );
  const sumOf = (place: 0 | 1): number =>
    counted.reduce((sum, { numbers }) => sum + (numbers[place] ?? 0), 0);
  const due = counted.flatMap(({ dueAt }) => dueAt ?? []);
  return {
    sessions: sumOf(0),
    users: sumOf(1),
    ...(due.length > 0 && { nextDueAt: Math.min(...due) }),
  };
}
