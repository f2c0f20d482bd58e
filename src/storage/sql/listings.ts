import { parseListCursor, writeListCursor } from '../../core/directory/list-cursor.js';
import type { SessionId } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type {
  CreationBound,
  CreationPoint,
  FoundSession,
  Page,
  PageRequest,
  SessionCounts,
} from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { chunksOf } from './chunks.js';
import {
  blockedUntilStatement,
  countStatement,
  creationPointOf,
  findStatement,
  lastEndingsStatement,
  listCreatedStatement,
  listStatement,
  nextDueStatement,
} from './session-queries.js';
import { foundOf, integerIn, optionalInteger, recordOf, textIn } from './session-row.js';
import type { ShardClient } from './shard-client.js';

export async function findSessions(
  client: ShardClient,
  ids: readonly SessionId[],
): Promise<ReadonlyMap<SessionId, FoundSession>> {
  const found = new Map<SessionId, FoundSession>();
  for (const chunk of chunksOf(ids))
    for (const row of await client.read('find', findStatement(chunk)))
      found.set(textIn(row, 'id') as SessionId, foundOf(row));
  return found;
}

/** By shard. */
export async function lastEndings(
  client: ShardClient,
  wanted: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (wanted.length === 0) return new Map();
  const rows = await client.read('lastEndings', lastEndingsStatement(wanted));
  return new Map(rows.map((row) => [integerIn(row, 'shard'), textIn(row, 'last_ending')]));
}

export async function blockedUntil(
  client: ShardClient,
  user: User,
  now: number,
): Promise<number | undefined> {
  const [row] = await client.read('blockedUntil', blockedUntilStatement(user, now));
  return row && integerIn(row, 'blocked_until');
}

export async function listSessions(
  client: ShardClient,
  { user, shard, now }: { readonly user: User; readonly shard: number; readonly now: number },
  { limit, cursor }: PageRequest,
): Promise<Page<SessionRecord>> {
  const from = cursor === undefined ? undefined : parseListCursor(cursor);
  const range = { from, limit: limit + 1, now };
  const rows = await client.read('list', listStatement(user, shard, range));
  const items = rows.slice(0, limit).map(recordOf);
  if (rows.length <= limit) return { items };
  return { items, nextCursor: writeListCursor(items.at(-1)!) };
}

export async function listCreated(
  client: ShardClient,
  shard: number,
  from: CreationBound | undefined,
  limit: number,
): Promise<readonly CreationPoint[]> {
  const rows = await client.read('listCreated', listCreatedStatement(shard, from, limit));
  return rows.map(creationPointOf);
}

/** The earliest deadline is one look into an index for each shard. */
export async function countSessions(
  client: ShardClient,
  shards: number,
  tenantId: string | undefined,
): Promise<SessionCounts> {
  const [row] = await client.read('countSessions', countStatement(tenantId));
  let nextDueAt = Infinity;
  for (let shard = 0; shard < shards; shard += 1) {
    const [next] = await client.read('countSessions', nextDueStatement(shard));
    nextDueAt = Math.min(nextDueAt, optionalInteger(next!, 'next_due_at') ?? Infinity);
  }
  return {
    sessions: integerIn(row!, 'sessions'),
    users: integerIn(row!, 'users'),
    ...(nextDueAt < Infinity && { nextDueAt }),
  };
}
