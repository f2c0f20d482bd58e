import type { DataSource } from 'typeorm';
import { AuditJournal } from '../../src/audit/audit-journal.js';
import type { AuditKey } from '../../src/audit/audit-key-ring.js';
import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { systemClock } from '../../src/core/clock.js';
import { newEventId, newSessionId } from '../../src/core/ids.js';
import type { SessionStore } from '../../src/core/session-store.js';

export const BENCH_KEY: AuditKey = { keyId: 'bench', key: 'a key of thirty-two bytes at least' };

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const USERS = 10_000;
const DEADLINE_MS = 60_000;
/** Appends under way at once. */
const WIDTH = 500;
/** Rows of one insert. */
const BATCH = 1_000;

/** A login as it reaches the outbox. */
export const loginEvent = (number: number, shard: number): AuditEvent => ({
  eventId: newEventId(),
  type: 'session.created',
  occurredAt: systemClock.now(),
  outcome: 'success',
  initiator: 'user',
  tenantId: '',
  userId: `user-${number % USERS}`,
  sessionId: newSessionId(shard),
  requestId: `request-${number}`,
  ip: '203.0.113.7',
  userAgent: USER_AGENT,
});

/** Puts events into the outboxes of the first shards, in turn, as changes of sessions would. */
export async function fillOutboxes(
  store: Pick<SessionStore, 'append'>,
  shards: number,
  events: number,
): Promise<void> {
  for (let first = 0; first < events; first += WIDTH) {
    const count = Math.min(WIDTH, events - first);
    await Promise.all(
      Array.from({ length: count }, (_, index) => append(store, first + index, shards)),
    );
  }
}

async function append(
  store: Pick<SessionStore, 'append'>,
  number: number,
  shards: number,
): Promise<void> {
  const shard = number % shards;
  const {
    eventId,
    occurredAt: now,
    initiator,
    requestId,
    ip,
    userAgent,
    ...event
  } = loginEvent(number, shard);
  const context = { initiator, requestId: requestId!, ip: ip!, userAgent: userAgent! };
  await store.append(shard, event, { eventId, now, deadline: now + DEADLINE_MS, context });
}

export interface Seeding {
  readonly rows: number;
  /** Rows go to the first so many, in turn; no more than the store has shards. */
  readonly chains: number;
  /** The application's own key, so that what is seeded verifies there. Default: that of the benches. */
  readonly key?: AuditKey;
  /** The event of row `number`, counted from 0. Default: a login of one of 10,000 users, now. */
  readonly eventOf?: (number: number, chain: number) => AuditEvent;
}

/**
 * Fills the audit's tables, by the relay's own insert and so with a chain that verifies. For any
 * test that wants many rows: a migrated `DataSource`, no session store, no outbox. Events that tell
 * of other times or users come from `eventOf`, with an `eventId` of their own each. Chains are
 * written side by side over the pool of the `DataSource`.
 */
export async function seedAuditRows(dataSource: DataSource, seeding: Seeding): Promise<void> {
  const { rows, chains, key = BENCH_KEY, eventOf = loginEvent } = seeding;
  const journal = new AuditJournal({
    dataSource,
    keys: [key],
    addressPrivacy: 'full',
    clock: systemClock,
  });
  const fillChain = async (chain: number): Promise<void> => {
    const numbers = Array.from(
      { length: Math.ceil((rows - chain) / chains) },
      (_, index) => chain + index * chains,
    );
    for (let first = 0; first < numbers.length; first += BATCH) {
      const batch = numbers.slice(first, first + BATCH);
      await journal.append(
        chain,
        batch.map((number) => eventOf(number, chain)),
      );
    }
  };
  await Promise.all(Array.from({ length: chains }, (_, chain) => fillChain(chain)));
}
