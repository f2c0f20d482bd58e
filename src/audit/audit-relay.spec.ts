import type { AuditEvent } from '../core/audit-event.js';
import type { OutboxEntry } from '../core/session-store.js';
import { AuditRelay, type AuditOutbox } from './audit-relay.js';

const NOON = Date.UTC(2026, 10, 2, 12);

const waiting = (shards: number): OutboxEntry[][] =>
  Array.from({ length: shards }, (_, shard) => [
    {
      key: `${shard}`,
      event: {
        eventId: `event-${shard}`,
        type: 'session.created',
        occurredAt: NOON - 1_000 * (shard + 1),
        outcome: 'success',
        initiator: 'user',
      },
    },
  ]);

const outboxOf = (entries: OutboxEntry[][]): AuditOutbox => ({
  shards: entries.length,
  readOutbox: async (shard, limit) => entries[shard]!.slice(0, limit),
  acknowledge: async (shard) => void (entries[shard] = []),
  outboxState: async (shard) => ({
    entries: entries[shard]!.length,
    bytes: 0,
    ...(entries[shard]![0] && { oldestAt: entries[shard]![0].event.occurredAt }),
  }),
});

const relayWith = (append: (chain: number, events: readonly AuditEvent[]) => Promise<number>) =>
  new AuditRelay({
    outbox: outboxOf(waiting(8)),
    journal: { append },
    pollIntervalMs: 1_000,
    clock: { now: () => NOON },
  });

describe('the audit relay', () => {
  it('tells how much waits and for how long', async () => {
    const relay = relayWith(async () => 0);

    const health = await relay.health();

    expect(health).toEqual({ waiting: 8, oldestAgeMs: 8_000, rejected: 0 });
  });

  it('does not let one failing shard hold up the others', async () => {
    const relay = relayWith(async (chain) => {
      if (chain === 2) throw Object.assign(new Error('secret'), { code: 'ECONNREFUSED' });
      return 0;
    });

    const moved = await relay.drainAll();

    expect(moved).toBe(7);
    expect(await relay.health()).toEqual({
      waiting: 1,
      oldestAgeMs: 3_000,
      rejected: 0,
      lastErrorCode: 'ECONNREFUSED',
      lastSuccessAt: NOON,
    });
  });

  it('has at most four shards under way', async () => {
    let [running, most] = [0, 0];
    const relay = relayWith(async () => {
      most = Math.max(most, (running += 1));
      await new Promise(setImmediate);
      running -= 1;
      return 0;
    });

    await relay.drainAll();

    expect(most).toBe(4);
  });

  it('counts what was put aside', async () => {
    const relay = relayWith(async () => 1);

    await relay.drainAll();

    expect(await relay.health()).toMatchObject({ rejected: 8, waiting: 0 });
  });

  it('moves what waits before it stops', async () => {
    const relay = relayWith(async () => 0);
    relay.start();

    await relay.stop();

    expect(await relay.health()).toMatchObject({ waiting: 0 });
  });
});
