import type { SessionId } from '../../core/ids.js';
import { parseListCursor, writeListCursor } from '../../core/directory/list-cursor.js';
import type { SessionRecord } from '../../core/session-record.js';
import type {
  CreationBound,
  CreationPoint,
  OutboxEntry,
  Page,
  PageRequest,
  SessionCounts,
} from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { outboxEntryOf } from './outbox-entry.js';
import { readCounts } from './session-counts.js';
import { unpackRecord } from './session-packing.js';
import * as scripts from './session-scripts.js';
import type { ShardClient } from './shard-client.js';

export async function listSessions(
  redis: ShardClient,
  { user, shard, now }: { readonly user: User; readonly shard: number; readonly now: number },
  { limit, cursor }: PageRequest,
): Promise<Page<SessionRecord>> {
  const from = cursor === undefined ? undefined : parseListCursor(cursor);
  const { epoch, created, userIndex, prefix } = redis.keys(shard);
  const found = await redis.run(
    scripts.list,
    { epoch, created, userIndex: userIndex(user) },
    { shardPrefix: prefix, now, limit, ...startingAt(from) },
  );
  const items = found.slice(0, limit).map(({ id, session }) => unpackRecord(id, session));
  if (found.length <= limit) return { items };
  return { items, nextCursor: writeListCursor(items.at(-1)!) };
}

export function listCreated(
  redis: ShardClient,
  shard: number,
  from: CreationBound | undefined,
  limit: number,
): Promise<readonly CreationPoint[]> {
  const { created } = redis.keys(shard);
  return redis.run(scripts.listCreated, { created }, { limit, ...startingAt(from) });
}

export function countSessions(
  redis: ShardClient,
  shards: number,
  tenantId: string | undefined,
): Promise<SessionCounts> {
  const keys = Array.from({ length: shards }, (_, shard) => redis.keys(shard));
  return redis.read('countSessions', (client) => readCounts(client, keys, tenantId));
}

/** Where a listing script goes on; with no bound it begins at the first entry. */
const startingAt = (
  from: CreationBound | undefined,
): { readonly fromCreatedAt: number | ''; readonly fromId: SessionId | '' } => ({
  fromCreatedAt: from?.createdAt ?? '',
  fromId: from?.id ?? '',
});

/** Nothing while the last of it may still be undone by a failover. */
export async function readOutbox(
  redis: ShardClient,
  shard: number,
  limit: number,
): Promise<readonly OutboxEntry[]> {
  const { outbox } = redis.keys(shard);
  const entries = await redis.read('readOutbox', (client) =>
    client.xrange(outbox, '-', '+', 'COUNT', limit),
  );
  const last = entries.at(-1);
  return last && (await redis.mayRelay(shard, last[0])) ? entries.map(outboxEntryOf) : [];
}
