import { Test } from '@nestjs/testing';
import { AuditRejectedRow, AuditService, SessionAuditModule } from '../../src/audit/index.js';
import { SessionModule } from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { eventually } from '../support/eventually.js';
import { SECRET } from '../support/session-app.js';
import {
  anEvent,
  chainOf,
  journalOn,
  KEY,
  ListOutbox,
  NOON,
  openAuditDatabase,
  relayOf,
  someEvents,
  type AuditDatabase,
} from './audit-fixtures.js';

const REFUSED = { code: '42501' };
const ADA = { tenantId: '', userId: 'ada' };

describe('the audit under the two roles that README has for PostgreSQL', () => {
  let database: AuditDatabase;

  beforeEach(async () => {
    database = await openAuditDatabase('postgres');
  });

  afterEach(() => database.close());

  it('moves events, rejected ones too, with the right to insert and to select alone', async () => {
    const outbox = new ListOutbox();
    outbox.add(0, [anEvent(1), anEvent(2, { userAgent: '\u0000' }), anEvent(3)]);

    const moved = await relayOf(outbox, database.dataSource).drain(0);

    const rows = await chainOf(database.dataSource, 0);
    expect(moved).toBe(3);
    expect(rows.map(({ eventId }) => eventId)).toEqual(['event-00001', 'event-00003']);
    expect(await database.dataSource.manager.count(AuditRejectedRow)).toBe(1);
  });

  it.each([
    'DELETE FROM audit_events',
    `UPDATE audit_events SET user_id = 'x'`,
    'TRUNCATE audit_events',
    'DELETE FROM audit_rejected',
    'DELETE FROM audit_checkpoints',
    `INSERT INTO audit_checkpoints VALUES (0, 1, '', 1, 1, '', '')`,
  ])('refuses the application %s', async (statement) => {
    await expect(database.dataSource.query(statement)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    `UPDATE audit_events SET type = 'x'`,
    `UPDATE audit_events SET hash = 'x'`,
    `INSERT INTO audit_events (chain) VALUES (1)`,
    'TRUNCATE audit_events',
    'SELECT * FROM audit_rejected',
    'UPDATE audit_checkpoints SET up_to_seq = 1',
  ])('refuses the retention %s', async (statement) => {
    await expect(database.retention.query(statement)).rejects.toMatchObject(REFUSED);
  });

  it('purges and pseudonymises under the second, and verifies under the first', async () => {
    await journalOn(database.dataSource, { now: () => NOON }).append(1, someEvents(3));
    const now = NOON + 90_000_000;
    await journalOn(database.dataSource, { now: () => now }).append(1, [anEvent(4)]);
    const module = await Test.createTestingModule({
      imports: [
        SessionModule.forRoot({
          secret: SECRET,
          store: memoryStore({ shards: 2 }),
          clock: { now: () => now },
        }),
        SessionAuditModule.forRoot({
          dataSource: database.dataSource,
          retentionDataSource: database.retention,
          retention: '1d',
          keys: [KEY],
        }),
      ],
    }).compile();
    const audit = module.get(AuditService);

    await module.init();
    await eventually(async () => (await chainOf(database.dataSource, 1))[0]?.chainSeq === 4);
    const { pseudonym, rows } = await audit.pseudonymise(ADA, { by: 'olivia', reason: 'erasure' });
    const verification = await audit.verify();
    await module.close();

    expect(rows).toBe(1);
    expect(verification).toMatchObject({ findings: [], pseudonymised: 1 });
    expect((await chainOf(database.dataSource, 1)).map((row) => [row.type, row.userId])).toEqual([
      ['session.created', pseudonym],
      ['audit.purged', null],
      ['audit.pseudonymised', pseudonym],
    ]);
  });
});
