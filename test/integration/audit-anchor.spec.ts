import { AuditJournal } from '../../src/audit/audit-journal.js';
import { AuditRelay } from '../../src/audit/audit-relay.js';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { systemClock } from '../../src/core/clock.js';
import { DATABASE_KINDS } from '../support/servers.js';
import {
  anEvent,
  chainOf,
  journalOn,
  KEY,
  ListOutbox,
  openAuditDatabase,
  relayOf,
  silentLogger,
  someEvents,
  type AuditDatabase,
} from './audit-fixtures.js';

describe.each(DATABASE_KINDS)('the anchors that the relay sets, on %s', (kind) => {
  let database: AuditDatabase;
  let outbox: ListOutbox;

  beforeEach(async () => {
    database = await openAuditDatabase(kind);
    outbox = new ListOutbox();
  });

  afterEach(() => database.close());

  const relay = (instead: Partial<ListOutbox> = {}): AuditRelay =>
    relayOf(Object.assign(Object.create(outbox) as ListOutbox, instead), database.dataSource);

  const headOf = async () => {
    const { chainSeq, hash } = (await chainOf(database.dataSource, 0)).at(-1)!;
    return { chainSeq, hash };
  };

  const findings = async () => {
    const { dataSource } = database;
    const verifier = new AuditVerifier({ dataSource, keys: [KEY], anchors: outbox });
    return (await verifier.verify()).findings;
  };

  it('stand at the last row, before events leave the outbox', async () => {
    outbox.add(0, someEvents(1_050));
    const anchored: unknown[] = [];
    const acknowledge = async (shard: number, keys: readonly string[]): Promise<void> => {
      anchored.push((await outbox.readAnchor(0))?.chainSeq);
      await ListOutbox.prototype.acknowledge.call(outbox, shard, keys);
    };

    await relay({ acknowledge }).drain(0);

    expect(anchored).toEqual([500, 1_000, 1_050]);
    expect(await outbox.readAnchor(0)).toEqual(await headOf());
  });

  it('are set by who comes next, where a relay died between insert and anchor', async () => {
    outbox.add(0, someEvents(3));
    const dying = relay({ anchor: () => Promise.reject(new Error('killed')) });
    await expect(dying.drain(0)).rejects.toThrow('killed');
    const before = await outbox.readAnchor(0);

    await relay().drain(0);

    expect(before).toBeUndefined();
    expect(await outbox.readAnchor(0)).toEqual(await headOf());
    expect(await chainOf(database.dataSource, 0)).toHaveLength(3);
  });

  it('may be behind the table, which is nothing wrong', async () => {
    outbox.add(0, someEvents(3));
    await relay().drain(0);

    await journalOn(database.dataSource).append(0, [anEvent(4)]);

    expect(await findings()).toEqual([]);
  });

  it('go on with a chain that somebody else has made longer meanwhile', async () => {
    outbox.add(0, someEvents(3));
    await relay().drain(0);
    await journalOn(database.dataSource).append(0, [anEvent(4)]);
    outbox.add(0, [anEvent(5)]);

    await relay().drain(0);

    expect(await outbox.readAnchor(0)).toEqual(await headOf());
    expect(await findings()).toEqual([]);
  });

  it('stay where they are over a table restored from a backup, however long it grows', async () => {
    const warnings: string[] = [];
    outbox.add(0, someEvents(10));
    await relay().drain(0);
    const anchor = await outbox.readAnchor(0);
    await database.owner.query('DELETE FROM audit_events WHERE chain_seq > 6');
    const { dataSource } = database;
    const journal = new AuditJournal({
      dataSource,
      keys: [KEY],
      addressPrivacy: 'full',
      clock: systemClock,
    });
    const unaware = new AuditRelay({
      outbox,
      journal,
      pollIntervalMs: 1_000,
      clock: systemClock,
      logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
    });

    for (const number of [11, 13, 15, 17]) {
      outbox.add(0, [anEvent(number), anEvent(number + 1)]);
      await unaware.drain(0);
    }

    expect(await chainOf(dataSource, 0)).toHaveLength(14);
    expect(await outbox.readAnchor(0)).toEqual(anchor);
    expect(await unaware.health()).toMatchObject({ waiting: 0, cutOff: [0] });
    expect(warnings).toEqual(['Audit chain 0 ends before the place where it was anchored']);
    expect(await findings()).toEqual([
      { code: 'anchor-mismatch', chain: 0, chainSeq: 10, eventId: 'event-00014' },
    ]);
  });

  it.each([
    {
      lie: 'a purge that nobody with a key has recorded',
      during: `INSERT INTO audit_checkpoints (chain, up_to_seq, hash, purged_count, at, key_id, hmac)
        VALUES (0, 500, 'forged', 500, 1, '${KEY.keyId}', 'forged')`,
      after: 'DELETE FROM audit_checkpoints',
    },
    {
      lie: 'the hash of the row that was anchored, in place of another’s',
      during: `UPDATE audit_events SET hash = (SELECT hash FROM audit_backup) WHERE chain_seq = 10`,
      after: `UPDATE audit_events SET hash = (SELECT previous_hash FROM audit_events WHERE chain_seq = 11)
        WHERE chain_seq = 10`,
    },
    {
      lie: 'the row that was anchored, for a while',
      during: `UPDATE audit_events SET chain_seq = 1000 WHERE chain_seq = 10;
        INSERT INTO audit_events SELECT * FROM audit_backup`,
      after: `DELETE FROM audit_events WHERE chain_seq = 10;
        UPDATE audit_events SET chain_seq = 10 WHERE chain_seq = 1000`,
    },
  ])('are not moved over a tail that was cut off by $lie', async ({ during, after }) => {
    const { owner, dataSource } = database;
    const tamper = async (statements: string): Promise<void> => {
      for (const statement of statements.split(';')) await owner.query(statement);
    };
    outbox.add(0, someEvents(10));
    await relay().drain(0);
    const anchor = await outbox.readAnchor(0);
    await tamper(`CREATE TABLE audit_backup AS SELECT * FROM audit_events WHERE chain_seq = 10;
      DELETE FROM audit_events WHERE chain_seq > 6`);
    await journalOn(dataSource).append(0, someEvents(16).slice(10));

    await tamper(during);
    outbox.add(0, [anEvent(17)]);
    await relay().drain(0);
    await tamper(after);
    await tamper('DROP TABLE audit_backup');

    expect(await outbox.readAnchor(0)).toEqual(anchor);
    expect(await findings()).toContainEqual(
      expect.objectContaining({ code: 'anchor-mismatch', chainSeq: 10 }),
    );
  });

  it('are set anew where the store has lost them', async () => {
    outbox.add(0, someEvents(10));
    await relay().drain(0);
    outbox = new ListOutbox();
    outbox.add(0, [anEvent(11)]);

    await relay().drain(0);

    expect(await outbox.readAnchor(0)).toEqual(await headOf());
  });

  it('end at the last row whichever of several relays was last', async () => {
    const sources = [database.dataSource, await database.connect(), await database.connect()];
    const events = someEvents(90);
    await Promise.all(
      sources.map(async (source, index) => {
        const own = new ListOutbox();
        const shared = {
          readAnchor: (shard: number) => outbox.readAnchor(shard),
          anchor: outbox.anchor.bind(outbox),
        };
        for (let start = index * 30; start < (index + 1) * 30; start += 10) {
          own.add(0, events.slice(start, start + 10));
          await relayOf(Object.assign(own, shared), source).drain(0);
        }
      }),
    );

    expect(await outbox.readAnchor(0)).toEqual(await headOf());
    expect(await chainOf(database.dataSource, 0)).toHaveLength(90);
    expect(await findings()).toEqual([]);
  });
});
