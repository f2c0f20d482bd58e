import type { SessionStore } from '../../src/core/session-store.js';
import { systemClock } from '../../src/core/clock.js';
import { newSessionId } from '../../src/core/ids.js';
import { shardOfUser } from '../../src/core/user.js';
import { aSession, anOperation, someSettings } from '../../src/testing/builders.js';
import { personOf, type Seeded } from './population.js';

const HOUR_MS = 3_600_000;
/** Logins are spread over so long, up to now. */
const SPREAD_MS = 11 * HOUR_MS;
const PARALLEL = 512;

/**
 * Opens sessions through the store, oldest first, all alive for a day to come. Their audit events
 * are not kept: the audit is seeded apart.
 */
export async function seedSessions(store: SessionStore, count: number): Promise<readonly Seeded[]> {
  await store.start(someSettings({ audit: false, storeTimeoutMs: 60_000 }));
  const now = systemClock.now();
  const seeded: Seeded[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      seeded[index] = await open(store, index, { count, now });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return seeded;
}

async function open(
  store: SessionStore,
  index: number,
  { count, now }: { readonly count: number; readonly now: number },
): Promise<Seeded> {
  const person = personOf(index, count);
  const id = newSessionId(shardOfUser(person.user, store.shards));
  const createdAt = now - SPREAD_MS + Math.floor((index / count) * SPREAD_MS);
  const session = aSession(
    { clock: systemClock, shards: store.shards },
    {
      ...person,
      id,
      createdAt,
      authenticatedAt: createdAt,
      lastSeenAt: Math.min(now, createdAt + (index % 97) * 60_000),
      absoluteExpiresAt: now + 24 * HOUR_MS,
      idleTimeoutMs: 24 * HOUR_MS,
      data: { cart: '["a","b"]' },
    },
  );
  const { result } = await store.create({ session }, anOperation(systemClock));
  if (result !== 'created') throw new Error(`Seeding: ${result}`);
  return { id, ...person };
}
