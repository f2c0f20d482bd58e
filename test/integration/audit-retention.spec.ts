import type { DataSource } from 'typeorm';
import { checkpointHmacOf } from '../../src/audit/audit-chain.js';
import { AuditCheckpointRow } from '../../src/audit/audit-checkpoint-row.entity.js';
import type { AuditJournal } from '../../src/audit/audit-journal.js';
import type { AuditRelay } from '../../src/audit/audit-relay.js';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { Operations } from '../../src/core/operations.js';
import type { Operation, SessionStore } from '../../src/core/session-store.js';
import { memoryStore } from '../../src/storage/memory/memory-store.js';
import { someSettings } from '../../src/testing/builders.js';
import { DATABASE_KINDS } from '../support/servers.js';
import {
  anEvent,
  chainOf,
  journalOn,
  KEY,
  NOON,
  openAuditDatabase,
  type AuditDatabase,
  relayInto,
  someEvents,
} from './audit-fixtures.js';

const DAY = 86_400_000;

describe.each(DATABASE_KINDS)('the retention of audit events on %s', (kind) => {
  let database: AuditDatabase;
  let dataSource: DataSource;
  let store: SessionStore;
  let journal: AuditJournal;
  let relay: AuditRelay;
  let now: number;
  const clock = { now: () => now };

  beforeEach(async () => {
    now = NOON;
    database = await openAuditDatabase(kind);
    dataSource = database.dataSource;
    store = memoryStore({ shards: 2 });
    await store.start(someSettings({ clock }));
    journal = journalOn(dataSource, clock);
    relay = relayInto(journal, store, clock);
  });

  afterEach(() => database.close());

  const retentionWith = (
    changes: Partial<Pick<SessionStore, 'append' | 'lease'>> = {},
  ): AuditRetention => {
    const changed = Object.assign(Object.create(store) as SessionStore, changes);
    const operations = new Operations(changed, clock, { storeTimeoutMs: 2_000 });
    const core = { store: changed, operations };
    const { retention } = database;
    return new AuditRetention({
      core,
      dataSource: retention,
      keys: [KEY],
      retentionMs: 30 * DAY,
    });
  };

  const filled = async (chain: number, count: number): Promise<void> => {
    for (let start = 0; start < count; start += 500)
      await journal.append(chain, someEvents(count).slice(start, start + 500));
  };

  const checkpoints = (): Promise<AuditCheckpointRow[]> =>
    dataSource.manager.find(AuditCheckpointRow, { order: { chain: 'ASC', upToSeq: 'ASC' } });

  const seqsOf = async (chain: number): Promise<number[]> =>
    (await chainOf(dataSource, chain)).map(({ chainSeq }) => chainSeq);

  it('deletes what is older and nothing else, and says so', async () => {
    await journal.append(0, someEvents(5));
    now += 20 * DAY;
    await journal.append(0, [anEvent(6), anEvent(7)]);
    now += 10 * DAY + 1;

    const purged = await retentionWith().run();
    await relay.drainAll();

    const rows = await chainOf(dataSource, 0);
    expect(purged).toBe(5);
    expect(rows.map(({ type }) => type)).toEqual([
      'session.created',
      'session.created',
      'audit.purged',
    ]);
    expect(rows.at(-1)?.details).toEqual({ chain: 0, count: 5, before: now - 30 * DAY });
    expect(rows.at(-1)?.initiator).toBe('policy');
  });

  it('keeps a row until it is as old as the retention', async () => {
    await journal.append(0, someEvents(1));
    now += 30 * DAY;
    const purgedAtDeadline = await retentionWith().run();

    now += 1;
    const purgedAfter = await retentionWith({ lease: async () => true }).run();

    expect([purgedAtDeadline, purgedAfter]).toEqual([0, 1]);
  });

  it('leaves a signed checkpoint that the rest of the chain follows from', async () => {
    await journal.append(0, someEvents(3));
    const [, , last] = await chainOf(dataSource, 0);
    now += 31 * DAY;
    await journal.append(0, [anEvent(4)]);

    await retentionWith().run();

    const [checkpoint] = await checkpoints();
    const [next] = await chainOf(dataSource, 0);
    expect(checkpoint).toMatchObject({ chain: 0, upToSeq: 3, hash: last!.hash, purgedCount: 3 });
    expect(checkpoint!.hmac).toBe(checkpointHmacOf(checkpoint!, KEY));
    expect(next).toMatchObject({ chainSeq: 4, previousHash: last!.hash });
  });

  it('takes nobody’s word for the age of a row but that of somebody with a key', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;
    await journal.append(0, [anEvent(4), anEvent(5), anEvent(6)]);
    await database.owner.query('UPDATE audit_events SET recorded_at = 1 WHERE chain_seq > 3');

    const purged = await retentionWith().run();

    expect(purged).toBe(3);
    expect(await seqsOf(0)).toEqual([4, 5, 6]);
  });

  it('takes rows that are not genuine with the genuine ones behind them', async () => {
    await journal.append(0, someEvents(3));
    await database.owner.query(`UPDATE audit_events SET reason = 'x' WHERE chain_seq < 3`);
    now += 31 * DAY;

    const purged = await retentionWith().run();

    expect(purged).toBe(3);
    expect(await seqsOf(0)).toEqual([]);
  });

  it.each([3, 9])(
    'deletes nothing for a checkpoint up to %i that nobody with a key has written',
    async (upToSeq) => {
      await journal.append(0, someEvents(3));
      now += 31 * DAY;
      await journal.append(0, [anEvent(4)]);
      await database.owner.query(
        `INSERT INTO audit_checkpoints (chain, up_to_seq, hash, purged_count, at, key_id, hmac)
         VALUES (0, ${upToSeq}, 'forged', 1, 1, '${KEY.keyId}', 'forged')`,
      );

      await retentionWith().run();

      expect(await seqsOf(0)).toEqual(upToSeq === 3 ? [1, 2, 3, 4] : [4]);
    },
  );

  it('continues a chain whose every row is gone', async () => {
    await journal.append(0, someEvents(3));
    const last = (await chainOf(dataSource, 0)).at(-1)!;
    now += 31 * DAY;
    await retentionWith().run();

    await journal.append(0, [anEvent(4)]);

    const [next] = await chainOf(dataSource, 0);
    expect(next).toMatchObject({ chainSeq: 4, previousHash: last.hash });
  });

  it('purges in batches, and keeps the last checkpoint only', async () => {
    await filled(1, 2_500);
    now += 31 * DAY;

    const purged = await retentionWith().run();
    await relay.drainAll();

    expect(purged).toBe(2_500);
    expect(await checkpoints()).toEqual([expect.objectContaining({ chain: 1, upToSeq: 2_500 })]);
    expect(await seqsOf(1)).toEqual([2_501, 2_502, 2_503]);
  });

  it('finishes what a crash left after the checkpoint, and records it once', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;
    const crashing = retentionWith({ append: () => Promise.reject(new Error('killed')) });
    await expect(crashing.run()).rejects.toThrow('killed');
    await journal.append(0, [anEvent(4)]);
    now += 3_600_000;

    const purged = await retentionWith({ lease: async () => true }).run();
    await relay.drainAll();

    const rows = await chainOf(dataSource, 0);
    expect(purged).toBe(3);
    expect(rows.map(({ chainSeq, type }) => [chainSeq, type])).toEqual([
      [4, 'session.created'],
      [5, 'audit.purged'],
    ]);
    expect(rows[1]!.details).toMatchObject({ count: 3 });
  });

  it('records a purge once though a crash came between record and deletion', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;
    const crashing = retentionWith({
      append: async (shard, event, operation: Operation) => {
        await store.append(shard, event, operation);
        throw new Error('killed');
      },
    });
    await expect(crashing.run()).rejects.toThrow('killed');
    await relay.drainAll();

    await retentionWith({ lease: async () => true }).run();
    await relay.drainAll();

    const rows = await chainOf(dataSource, 0);
    expect(rows.map(({ eventId }) => eventId)).toEqual(['audit-purged-0-3']);
  });

  it('deletes nothing while the outbox has no room to record it, and goes on from there later', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;

    const purgedWhileFull = await retentionWith({ append: async () => false }).run();
    const seqsWhileFull = await seqsOf(0);
    const purgedAfter = await retentionWith({ lease: async () => true }).run();
    await relay.drainAll();

    expect([purgedWhileFull, purgedAfter]).toEqual([0, 3]);
    expect(seqsWhileFull).toEqual([1, 2, 3]);
    expect((await chainOf(dataSource, 0)).map(({ type, details }) => [type, details])).toEqual([
      ['audit.purged', { chain: 0, count: 3, before: now - 30 * DAY }],
    ]);
  });

  it('records a purge at the time of the store, within the time that a call to it may take', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;
    const operations: Operation[] = [];
    const append: SessionStore['append'] = async (_shard, _event, operation) =>
      operations.push(operation) > 0;
    Object.assign(store, { clockOffsetMs: 250 });

    await retentionWith({ append }).run();

    expect(operations).toEqual([
      expect.objectContaining({
        now: now + 250,
        deadline: now + 2_250,
        eventId: 'audit-purged-0-3',
      }),
    ]);
  });

  it('leaves off after the batch it is at when it is stopped', async () => {
    await filled(0, 1_500);
    now += 31 * DAY;
    let stopping: Promise<void> | undefined;
    const retention = retentionWith({
      append: (...fact) => {
        stopping = retention.stop();
        return store.append(...fact);
      },
    });

    const purging = retention.run();
    const purged = await purging;
    await stopping;

    expect(purged).toBe(1_000);
    expect(await seqsOf(0)).toHaveLength(500);
  });

  it('is under way once, however often it is begun', async () => {
    await filled(0, 3);
    now += 31 * DAY;
    const retention = retentionWith();

    const purged = await Promise.all([retention.run(), retention.run()]);
    await relay.drainAll();

    expect(purged).toEqual([3, 3]);
    expect(await chainOf(dataSource, 0)).toHaveLength(1);
  });

  it('leaves the work to whoever holds the lease', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;
    await store.lease('audit-purge', 'another process', DAY);

    const purged = await retentionWith().run();

    expect(purged).toBe(0);
    expect(await seqsOf(0)).toEqual([1, 2, 3]);
  });

  it('deletes each row once though two processes purge at once', async () => {
    await journal.append(0, someEvents(3));
    now += 31 * DAY;
    const [left, right] = [
      retentionWith({ lease: async () => true }),
      retentionWith({ lease: async () => true }),
    ];

    await Promise.all([left.run(), right.run()]);
    await relay.drainAll();

    expect(await checkpoints()).toHaveLength(1);
    expect((await chainOf(dataSource, 0)).map(({ eventId }) => eventId)).toEqual([
      'audit-purged-0-3',
    ]);
  });
});
