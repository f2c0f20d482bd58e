import { Cluster, type Redis } from 'ioredis';
import { unpackSession } from '../../src/storage/redis/session-packing.js';
import type { SessionId } from 'nestjs-gatehouse';
import { userKey } from '../../src/core/user.js';
import { eventually } from '../support/eventually.js';

const SCAN_COUNT = 1_000;

/** All that the index keys and the records of one shard say. */
interface ShardContents {
  /** Live sessions: their user's key, empty for an anonymous one. */
  readonly live: Map<string, string>;
  readonly users: Map<string, readonly string[]>;
  /** With their due instants. */
  expiry: ReadonlyMap<string, number>;
  created: readonly string[];
}

/**
 * Index entries without a session, and sessions without their entries, over all shards. A user's
 * place in the expiry order may outlive the user's sessions until it is due.
 */
export async function disagreements(
  client: Redis | Cluster,
  prefix: string,
  now: number,
): Promise<readonly string[]> {
  const shards = new Map<string, ShardContents>();
  const masters = client instanceof Cluster ? await mastersOf(client) : [client];
  for (const master of masters)
    for (const key of await keysOf(master, prefix)) await readKey(master, key, prefix, shards);
  return [...shards].flatMap(([shard, contents]) =>
    disagreementsIn(contents, now).map((told) => `shard ${shard}: ${told}`),
  );
}

async function mastersOf(cluster: Cluster): Promise<readonly Redis[]> {
  const refreshed = (): Promise<boolean> =>
    new Promise((resolve) => cluster.refreshSlotsCache((error) => resolve(!error)));
  await eventually(refreshed);
  return cluster.nodes('master');
}

async function keysOf(master: Redis, prefix: string): Promise<readonly string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await master.scan(cursor, 'MATCH', `${prefix}:{*`, 'COUNT', SCAN_COUNT);
    for (const key of page) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...keys];
}

async function readKey(
  master: Redis,
  key: string,
  prefix: string,
  shards: Map<string, ShardContents>,
): Promise<void> {
  const parts = /^\{(\d+)\}:([a-z]+)(?::(.*))?$/s.exec(key.slice(prefix.length + 1));
  if (!parts) return;
  const [, shard = '', kind, name = ''] = parts;
  const contents = shards.get(shard) ?? emptyShard();
  shards.set(shard, contents);
  if (kind === 's') noteSession(contents, name, await master.getBuffer(key));
  if (kind === 'u') contents.users.set(name, await master.zrange(key, '0', '-1'));
  if (kind === 'x') contents.expiry = await scoresOf(master, key);
  if (kind === 'c') contents.created = await master.zrange(key, '0', '-1');
}

async function scoresOf(master: Redis, key: string): Promise<ReadonlyMap<string, number>> {
  const flat = (await master.zrange(key, '0', '-1', 'WITHSCORES')).flat();
  const scores = new Map<string, number>();
  for (let at = 0; at < flat.length; at += 2) scores.set(flat[at]!, Number(flat[at + 1]));
  return scores;
}

const emptyShard = (): ShardContents => ({
  live: new Map(),
  users: new Map(),
  expiry: new Map(),
  created: [],
});

function noteSession({ live }: ShardContents, id: string, bytes: Buffer | null): void {
  if (bytes === null) return;
  const session = unpackSession(id as SessionId, bytes);
  if (session.state === 'active') live.set(id, session.user ? userKey(session.user) : '');
}

function disagreementsIn(
  { live, users, expiry, created }: ShardContents,
  now: number,
): readonly string[] {
  const told: string[] = [];
  const order = new Set(created);
  for (const [id, user] of live) {
    if (user === '' && !expiry.has(`s${id}`)) told.push(`session ${id} is not in the expiry order`);
    if (user === '') continue;
    if (!users.get(user)?.includes(id)) told.push(`session ${id} is not in its user's index`);
    if (!order.has(id)) told.push(`session ${id} is not in the creation order`);
  }
  for (const [user, ids] of users) {
    if (!expiry.has(`u${user}`)) told.push(`user ${user} is not in the expiry order`);
    for (const id of ids)
      if (live.get(id) !== user) told.push(`the index of ${user} has ${id}, which is not live`);
  }
  for (const id of created)
    if (!live.get(id)) told.push(`the creation order has ${id}, which is not live`);
  for (const [member, dueAt] of expiry) {
    const exists = member.startsWith('u')
      ? dueAt > now || users.has(member.slice(1))
      : live.has(member.slice(1));
    if (!exists) told.push(`the expiry order has ${member}, of which there is nothing`);
  }
  return told;
}
