import type { AuditEvent } from '../core/audit/audit-event.js';
import type { OutboxEntry } from '../core/session-store.js';
import { GENESIS } from './audit-chain.js';
import type { Appended } from './audit-journal.js';
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
  readAnchor: async () => undefined,
  anchor: async () => true,
});

type Append = (chain: number, events: readonly AuditEvent[]) => Promise<Appended>;

const appended: Appended = { rejected: 0, before: GENESIS, tip: { chainSeq: 1, hash: 'h1' } };
const leads = async (): Promise<boolean> => true;

const relayWith = (append: Append, lines: string[] = []): AuditRelay =>
  new AuditRelay({
    outbox: outboxOf(waiting(8)),
    journal: { append, leads },
    pollIntervalMs: 1_000,
    clock: { now: () => NOON },
    logger: {
      log: (message: string) => void lines.push(`log: ${message}`),
      warn: (message: string) => void lines.push(`warn: ${message}`),
    },
  });

const refusal = (code: string): Error =>
  Object.assign(new Error('postgres://me:secret@sql.test refused the row of ada'), { code });

describe('the audit relay', () => {
  it('tells how much waits and for how long', async () => {
    const relay = relayWith(async () => appended);

    const health = await relay.health();

    expect(health).toEqual({ waiting: 8, oldestAgeMs: 8_000, rejected: 0 });
  });

  it('does not let one failing shard hold up the others', async () => {
    const relay = relayWith(async (chain) => {
      if (chain === 2) throw refusal('ECONNREFUSED');
      return appended;
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
      return appended;
    });

    await relay.drainAll();

    expect(most).toBe(4);
  });

  it('counts what was put aside', async () => {
    const relay = relayWith(async () => ({ ...appended, rejected: 1 }));

    await relay.drainAll();

    expect(await relay.health()).toMatchObject({ rejected: 8, waiting: 0 });
  });

  it('moves an anchor on without looking where it is, if the rows were put behind it', async () => {
    const [before, tip] = [1, 2].map((chainSeq) => ({ chainSeq, hash: `h${chainSeq}` }));
    const anchored: unknown[] = [];
    const relay = new AuditRelay({
      outbox: {
        ...outboxOf(waiting(1)),
        readAnchor: () => Promise.reject(new Error('looked')),
        anchor: async (_, from, to) => anchored.push(from, to) > 0,
      },
      journal: { append: async () => ({ rejected: 0, before: before!, tip: tip! }), leads },
      pollIntervalMs: 1_000,
      clock: { now: () => NOON },
      logger: { log: () => {}, warn: () => {} },
    });

    await relay.drain(0);

    expect(anchored).toEqual([before, tip]);
  });

  it('moves what waits before it stops', async () => {
    const relay = relayWith(async () => appended);
    relay.start();

    await relay.stop();

    expect(await relay.health()).toMatchObject({ waiting: 0 });
  });
});

describe('what the audit relay logs', () => {
  it('is nothing while events are moved', async () => {
    const lines: string[] = [];

    await relayWith(async () => appended, lines).drainAll();

    expect(lines).toEqual([]);
  });

  it('is one line an outage, with the code of its first error, and one when it is over', async () => {
    const lines: string[] = [];
    let down = true;
    const relay = relayWith(async (chain) => {
      if (down) throw refusal(chain === 0 ? '42P01' : 'ECONNREFUSED');
      return appended;
    }, lines);

    await relay.drainAll();
    await relay.drainAll();
    down = false;
    await relay.drainAll();
    await relay.drainAll();

    expect(lines).toEqual([
      'warn: Audit events wait, for they do not reach the database: 42P01',
      'log: Audit events reach the database again',
    ]);
  });

  it('does not tell of a recovery while any shard still fails', async () => {
    const lines: string[] = [];
    let rounds = 0;
    const relay = relayWith(async (chain) => {
      if (rounds === 0 || chain === 2) throw refusal('ECONNREFUSED');
      return appended;
    }, lines);

    await relay.drainAll();
    rounds += 1;
    await relay.drainAll();

    expect(lines).toEqual([
      'warn: Audit events wait, for they do not reach the database: ECONNREFUSED',
    ]);
  });

  it('tells of every outage', async () => {
    const lines: string[] = [];
    const codes = ['42P01', undefined, 'ECONNREFUSED'];
    let code: string | undefined;
    const relay = new AuditRelay({
      outbox: { ...outboxOf(waiting(1)), acknowledge: async () => {} },
      journal: {
        append: async () => {
          if (code !== undefined) throw refusal(code);
          return appended;
        },
        leads,
      },
      pollIntervalMs: 1_000,
      clock: { now: () => NOON },
      logger: { log: () => {}, warn: (message: string) => void lines.push(message) },
    });

    for (code of codes) await relay.drainAll();

    expect(lines).toEqual([
      expect.stringContaining('42P01'),
      expect.stringContaining('ECONNREFUSED'),
    ]);
  });
});
