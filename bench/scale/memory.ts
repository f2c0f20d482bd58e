import { setTimeout as pause } from 'node:timers/promises';
import { ANSWERS_KEPT_MS, PREFIX, type LoadedStore } from './loaded-store.js';
import { SESSIONS_A_USER } from './reference-session.js';

const SAMPLED_USERS = 500;

/** Bytes a session. */
export interface Memory {
  readonly total: number;
  /** `total` but for the creation order, which is kept for `adminIndex` alone. */
  readonly withoutAdminIndex: number;
  readonly record: number;
  readonly userIndex: number;
  readonly expiryOrder: number;
  readonly creationOrder: number;
  /** What Redis keeps beside the keys: its tables of them, and of when they expire. */
  readonly tables: number;
}

/** What is in use once every answer of an operation is forgotten and every event relayed. */
export async function usedMemory(loaded: LoadedStore): Promise<number> {
  await loaded.emptyOutboxes();
  await pause(ANSWERS_KEPT_MS);
  await loaded.redis.removeExpired(`${PREFIX}:*:op:*`);
  return loaded.redis.usedMemory();
}

export async function memorySince(
  before: number,
  loaded: LoadedStore,
  { records, indexes }: SampledKeys,
): Promise<Memory> {
  const { redis, sessions } = loaded;
  const total = ((await usedMemory(loaded)) - before) / sessions;
  const parts = {
    record: (await redis.memoryOf(records)) / records.length,
    userIndex: (await redis.memoryOf(indexes)) / records.length,
    expiryOrder: (await redis.memoryOf(loaded.shards().map(({ expiry }) => expiry))) / sessions,
    creationOrder: (await redis.memoryOf(loaded.shards().map(({ created }) => created))) / sessions,
  };
  const tables = Object.values(parts).reduce((left, part) => left - part, total);
  const memory = { total, withoutAdminIndex: total - parts.creationOrder, ...parts, tables };
  return Object.fromEntries(
    Object.entries(memory).map(([part, bytes]) => [part, Math.round(bytes)]),
  ) as Record<keyof Memory, number>;
}

export interface SampledKeys {
  readonly records: readonly string[];
  readonly indexes: readonly string[];
}

/** Of the users that `userAt` tells first. */
export async function sampleKeys(loaded: LoadedStore): Promise<SampledKeys> {
  const records: string[] = [];
  const indexes: string[] = [];
  for (let sample = 0; sample < SAMPLED_USERS; sample += 1) {
    const user = loaded.userAt(sample);
    const { session, userIndex } = loaded.keysOf(user);
    const { items } = await loaded.store.list(user, { limit: SESSIONS_A_USER }, Date.now());
    records.push(...items.map(({ id }) => session(id)));
    indexes.push(userIndex(user));
  }
  return { records, indexes };
}
