import { AuditJournal } from '../../src/audit/audit-journal.js';
import { AuditEventRow } from '../../src/audit/audit-event-row.entity.js';
import { AuditRejectedRow } from '../../src/audit/audit-rejected-row.entity.js';
import { cleanContext } from '../../src/core/audit/audit-text.js';
import type { JsonObject } from '../../src/core/audit/audit-event.js';
import { systemClock } from '../../src/core/clock.js';
import { newSessionId } from '../../src/core/ids.js';
import { DATABASE_KINDS, type TestDatabase } from '../support/servers.js';
import {
  anEvent,
  chainOf,
  expectWholeChain,
  journalOn,
  KEY,
  openAuditDatabase,
  someEvents,
} from './audit-fixtures.js';

const NUL = '\u0000';
const LONE_SURROGATE = '\ud83d';

const DETAILS: JsonObject = {
  zebra: 'Zürich 🏔️ e\u0301 é',
  apple: [1, 1.5, -0, 1e21, 1e-7, 9007199254740991, true, false, null, '', []],
  '10': 'numeric keys come first when read back',
  '9': {},
  nested: { b: { d: 1, c: null }, a: 'quote " backslash \\ newline \n' },
  ['__proto__']: 'own',
  surrogate: LONE_SURROGATE,
};

describe.each(DATABASE_KINDS)('the audit journal on %s', (kind) => {
  let database: TestDatabase;
  let journal: AuditJournal;

  beforeEach(async () => {
    database = await openAuditDatabase(kind);
    journal = journalOn(database.dataSource);
  });

  afterEach(() => database.close());

  it('writes rows whose hashes can be recomputed from what is read back', async () => {
    await journal.append(7, [
      anEvent(1, { details: DETAILS, methods: ['pwd', 'otp'], ip: '::1', userAgent: 'Ünïcode 🤖' }),
      anEvent(2, { details: {}, methods: [], reason: '', actorId: '', userId: '' }),
      anEvent(3, { tenantId: undefined, userId: undefined, outcome: 'failure' }),
      anEvent(4, { sessionId: newSessionId(7), requestId: 'r-1', userAgent: LONE_SURROGATE }),
      anEvent(5, { userId: 'trailing  ', reason: ' leading', occurredAt: 8_640_000_000_000_000 }),
    ]);

    const rows = await chainOf(database.dataSource, 7);

    expect(rows).toHaveLength(5);
    expectWholeChain(rows);
  });

  it('tells an empty value from an absent one', async () => {
    await journal.append(0, [
      anEvent(1, { reason: '', tenantId: '', details: {}, methods: [] }),
      anEvent(2, { reason: undefined, tenantId: undefined }),
    ]);

    const rows = await chainOf(database.dataSource, 0);

    expect(rows[0]).toMatchObject({ reason: '', tenantId: '', details: {}, methods: [] });
    expect(rows[1]).toMatchObject({ reason: null, tenantId: null, details: null, methods: null });
  });

  it('continues a chain where it ended, and keeps chains apart', async () => {
    await journal.append(0, [anEvent(1), anEvent(2)]);
    await journal.append(1, [anEvent(3)]);
    await journal.append(0, [anEvent(4)]);

    const [left, right] = await Promise.all([
      chainOf(database.dataSource, 0),
      chainOf(database.dataSource, 1),
    ]);

    expect(left.map(({ eventId }) => eventId)).toEqual([
      'event-00001',
      'event-00002',
      'event-00004',
    ]);
    expectWholeChain(left);
    expectWholeChain(right);
  });

  it('writes an event once, however often and with whatever it comes', async () => {
    await journal.append(0, [anEvent(1), anEvent(2)]);

    await journal.append(0, [anEvent(2), anEvent(3), anEvent(3), anEvent(1)]);

    const rows = await chainOf(database.dataSource, 0);
    expect(rows.map(({ eventId }) => eventId)).toEqual([
      'event-00001',
      'event-00002',
      'event-00003',
    ]);
    expectWholeChain(rows);
  });

  it('takes texts that differ in case or in trailing spaces for different ones', async () => {
    const userIds = ['Bob', 'bob', 'bob ', 'böb', 'bo\u0308b'];
    await journal.append(
      0,
      userIds.map((userId, index) => anEvent(index, { userId, eventId: `id of ${userId}` })),
    );

    const found = await Promise.all(
      userIds.map((userId) => database.dataSource.manager.findBy(AuditEventRow, { userId })),
    );

    expect(found.map((rows) => rows.map(({ userId }) => userId))).toEqual(
      userIds.map((userId) => [userId]),
    );
  });

  it('takes whatever the core has cleaned', async () => {
    const context = cleanContext({
      initiator: 'user',
      actorId: `a${NUL}b`,
      userAgent: `${'🤖'.repeat(400)}${LONE_SURROGATE}`,
      ip: `${NUL}${LONE_SURROGATE}`,
      requestId: '🤖'.repeat(300),
      details: { [`k${NUL}`]: NUL, list: [LONE_SURROGATE] },
    });

    const { rejected } = await journal.append(0, [anEvent(1, context)]);

    const rows = await chainOf(database.dataSource, 0);
    expect(rejected).toBe(0);
    expect(rows).toHaveLength(1);
    expectWholeChain(rows);
  });

  it('writes a batch whose JSON is as large as the core lets through', async () => {
    const details = Object.fromEntries(
      Array.from({ length: 32 }, (_, index) => [`key${index}`, 'é'.repeat(900)]),
    );

    const { rejected } = await journal.append(0, [anEvent(1, { details })]);

    expect(rejected).toBe(0);
    expectWholeChain(await chainOf(database.dataSource, 0));
  });
});

describe.each(['postgres', 'mariadb'] as const)('the audit journal on %s', (kind) => {
  let database: TestDatabase;
  let journal: AuditJournal;

  beforeEach(async () => {
    database = await openAuditDatabase(kind);
    journal = journalOn(database.dataSource);
  });

  afterEach(() => database.close());

  const refused = anEvent(0, {
    eventId: 'refused',
    reason: 'x'.repeat(256),
    details: { text: `${NUL}${LONE_SURROGATE}` },
  });

  it('puts aside the one event that the database refuses, and writes the rest', async () => {
    const events = someEvents(50);

    const { rejected } = await journal.append(3, [
      ...events.slice(0, 20),
      refused,
      ...events.slice(20),
    ]);

    const rows = await chainOf(database.dataSource, 3);
    expect(rejected).toBe(1);
    expect(rows.map(({ eventId }) => eventId)).toEqual(events.map(({ eventId }) => eventId));
    expectWholeChain(rows);
    expect(await database.dataSource.manager.find(AuditRejectedRow)).toEqual([
      expect.objectContaining({
        eventId: 'refused',
        chain: 3,
        type: 'session.created',
        occurredAt: refused.occurredAt,
        errorCode: kind === 'postgres' ? '22001' : 'ER_DATA_TOO_LONG',
        payload: JSON.stringify(refused),
      }),
    ]);
  });

  it('puts an event aside once, however often it comes', async () => {
    await journal.append(3, [refused, anEvent(1)]);

    const { rejected } = await journal.append(3, [refused, anEvent(1), anEvent(2)]);

    expect(rejected).toBe(0);
    expect(await database.dataSource.manager.count(AuditRejectedRow)).toBe(1);
    expect(await chainOf(database.dataSource, 3)).toHaveLength(2);
  });

  it('keeps what it can of an event that is wrong in every part', async () => {
    const monster = anEvent(1, {
      eventId: `${NUL}${'e'.repeat(100)}`,
      occurredAt: 1.5,
      reason: LONE_SURROGATE.repeat(50_000),
      userAgent: NUL,
    });

    const { rejected } = await journal.append(3, [monster, anEvent(2)]);

    const [row] = await database.dataSource.manager.find(AuditRejectedRow);
    expect(rejected).toBe(1);
    expect(row?.payload.length).toBe(16_000);
    expect(await chainOf(database.dataSource, 3)).toHaveLength(1);
  });
});

describe('the audit journal on postgres', () => {
  it('puts aside an event with a NUL that nobody cleaned', async () => {
    const database = await openAuditDatabase('postgres');
    const hostile = anEvent(1, { userAgent: `curl${NUL}` });

    const { rejected } = await journalOn(database.dataSource).append(0, [hostile, anEvent(2)]);

    expect(rejected).toBe(1);
    expectWholeChain(await chainOf(database.dataSource, 0));
    await database.close();
  });
});

describe('the audit journal on a database with one connection', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await openAuditDatabase('sqlite');
  });

  afterEach(() => database.close());

  it('keeps out of the transactions of the application', async () => {
    const runner = database.dataSource.createQueryRunner();
    await runner.startTransaction();

    const during = journalOn(database.dataSource).append(0, [anEvent(1)]);
    await expect(during).rejects.toMatchObject({ code: 'AUDIT_DATABASE_BUSY' });
    await runner.rollbackTransaction();
    await journalOn(database.dataSource).append(0, [anEvent(1)]);

    expectWholeChain(await chainOf(database.dataSource, 0));
  });

  it('does not believe an insert that a rollback of the application may take back', async () => {
    const runner = database.dataSource.createQueryRunner();
    const journal = journalOn(database.dataSource);

    const appended = journal.append(0, [anEvent(1)]).catch((error: unknown) => error);
    await runner.startTransaction();
    const answer = await appended;
    await runner.rollbackTransaction();

    expect(answer).toMatchObject({ code: 'AUDIT_DATABASE_BUSY' });
    await journal.append(0, [anEvent(1)]);
    expect(await chainOf(database.dataSource, 0)).toHaveLength(1);
  });
});

describe('the audit journal with shortened addresses', () => {
  it('keeps the network of an address, in the row and in what is put aside', async () => {
    const database = await openAuditDatabase('postgres');
    const { dataSource } = database;
    const journal = new AuditJournal({
      dataSource,
      keys: [KEY],
      addressPrivacy: 'shortened',
      clock: systemClock,
    });

    await journal.append(0, [
      anEvent(1, { ip: '203.0.113.77' }),
      anEvent(2, { ip: '203.0.113.78', userAgent: NUL }),
      anEvent(3, { ip: 'not an address' }),
    ]);

    const rows = await chainOf(dataSource, 0);
    const [putAside] = await dataSource.manager.find(AuditRejectedRow);
    expect(rows.map(({ ip }) => ip)).toEqual(['203.0.113.0', null]);
    expect(putAside?.payload).toContain('"203.0.113.0"');
    expectWholeChain(rows);
    await database.close();
  });
});
