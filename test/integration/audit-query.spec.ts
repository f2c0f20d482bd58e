import type { AuditFilter, AuditView } from '../../src/audit/audit-query.js';
import type { SqlAuditQuery } from '../../src/audit/sql-audit-query.js';
import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { newSessionId } from '../../src/core/ids.js';
import { DATABASE_KINDS, type TestDatabase } from '../support/servers.js';
import { anEvent, journalOn, NOON, openAuditDatabase, queryOn } from './audit-fixtures.js';

const SESSION = newSessionId(0);

const EVENTS: readonly AuditEvent[] = [
  anEvent(1, { tenantId: 'acme', sessionId: SESSION }),
  anEvent(2, { tenantId: 'acme', userId: 'Ada' }),
  anEvent(3, { tenantId: 'initech', type: 'session.revoked', initiator: 'admin', reason: 'x' }),
  anEvent(4, { type: 'login.failed', outcome: 'failure', userId: undefined, tenantId: undefined }),
  anEvent(5, { tenantId: 'acme', userId: '%' }),
  anEvent(6, { tenantId: 'acme', type: 'session.revoked', sessionId: SESSION }),
];

/** Of a chain whose number PostgreSQL's `int` has no room for. */
const BEYOND_AN_INT = Buffer.from('1.9999999999.1').toString('base64url');

describe.each(DATABASE_KINDS)('the audit query on %s', (kind) => {
  let database: TestDatabase;
  let query: SqlAuditQuery;

  beforeAll(async () => {
    database = await openAuditDatabase(kind);
    query = queryOn(database.dataSource);
    const journal = journalOn(database.dataSource);
    await journal.append(0, EVENTS.slice(0, 3));
    await journal.append(1, EVENTS.slice(3));
    const burst = Array.from({ length: 6 }, (_, index) =>
      anEvent(100 + index, { occurredAt: NOON - 1_000, userId: 'burst', tenantId: 'burst' }),
    );
    await journal.append(2, burst.slice(0, 3));
    await journal.append(3, burst.slice(3));
  });

  afterAll(() => database.close());

  const numbers = (items: readonly AuditView[]): number[] =>
    items.map(({ eventId }) => Number(eventId.slice(-5)));

  const found = async (filter: AuditFilter): Promise<number[]> =>
    numbers((await query.find(filter, { limit: 200 })).items);

  it.each<[string, AuditFilter, number[]]>([
    ['a tenant', { tenantId: 'acme' }, [6, 5, 2, 1]],
    ['a user of a tenant', { tenantId: 'acme', userId: 'ada' }, [6, 1]],
    ['a user of any tenant', { userId: 'ada' }, [6, 3, 1]],
    ['a user whose name looks like a pattern', { userId: '%' }, [5]],
    ['a session', { sessionId: SESSION }, [6, 1]],
    ['one type', { type: 'session.revoked' }, [6, 3]],
    ['many types', { type: ['session.revoked', 'login.failed'] }, [6, 4, 3]],
    ['no type at all', { type: [] }, []],
    ['an initiator', { initiator: 'admin' }, [3]],
    ['an outcome', { outcome: 'failure' }, [4]],
    ['a time, its start included and its end not', { from: NOON + 2, to: NOON + 5 }, [4, 3, 2]],
    ['all of these', { tenantId: 'acme', type: 'session.revoked', from: NOON, to: NOON + 9 }, [6]],
    ['an empty tenant, which is not an absent one', { tenantId: '' }, []],
  ])('finds by %s, newest first', async (_name, filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('pages without a gap or a repetition through events of one millisecond', async () => {
    const pages: number[][] = [];

    let cursor: string | undefined;
    do {
      const page = await query.find({ userId: 'burst' }, { limit: 2, ...(cursor && { cursor }) });
      pages.push(numbers(page.items));
      cursor = page.nextCursor;
    } while (cursor !== undefined);

    expect(pages).toEqual([
      [105, 104],
      [103, 102],
      [101, 100],
    ]);
  });

  it('keeps to its filter on later pages', async () => {
    const first = await query.find({ tenantId: 'acme' }, { limit: 3 });

    const second = await query.find({ tenantId: 'acme' }, { limit: 3, cursor: first.nextCursor! });

    expect(numbers(second.items)).toEqual([1]);
    expect(second.nextCursor).toBeUndefined();
  });

  it('shows what happened and nothing of how it is kept', async () => {
    const { items } = await query.find({ initiator: 'admin' }, { limit: 1 });

    expect(items).toEqual([
      {
        eventId: 'event-00003',
        type: 'session.revoked',
        occurredAt: NOON + 3,
        recordedAt: expect.any(Number),
        outcome: 'success',
        reason: 'x',
        initiator: 'admin',
        tenantId: 'initech',
        userId: 'ada',
        chain: 0,
        chainSeq: 3,
      },
    ]);
  });

  it.each<[string, AuditFilter, { limit: number; cursor?: string }]>([
    ['userId', { userId: 'a\u0000b' }, { limit: 1 }],
    ['tenantId', { tenantId: '\ud83d' }, { limit: 1 }],
    ['sessionId', { sessionId: 'x'.repeat(300) }, { limit: 1 }],
    ['type', { type: ['\u0000' as 'login.failed'] }, { limit: 1 }],
    ['from', { from: Number.NaN }, { limit: 1 }],
    ['to', { to: 1.5 }, { limit: 1 }],
    ['limit', {}, { limit: 0 }],
    ['limit', {}, { limit: 201 }],
    ['cursor', {}, { limit: 1, cursor: "' OR 1 = 1" }],
    ['cursor', {}, { limit: 1, cursor: BEYOND_AN_INT }],
  ])('refuses a %s that cannot be right, by its name', async (parameter, filter, page) => {
    await expect(query.find(filter, page)).rejects.toMatchObject({
      code: 'SESSION_INPUT_INVALID',
      parameter,
    });
  });
});

describe.each(DATABASE_KINDS)('an export of audit events from %s', (kind) => {
  it('has all that match, oldest first, over pages', async () => {
    const database = await openAuditDatabase(kind);
    const journal = journalOn(database.dataSource);
    for (let chain = 0; chain < 3; chain += 1)
      await journal.append(
        chain,
        Array.from({ length: 400 }, (_, index) =>
          anEvent(chain * 400 + index, {
            occurredAt: NOON + (index % 7),
            userId: index % 4 === 0 ? 'bob' : 'ada',
          }),
        ),
      );
    const exported: AuditView[] = [];

    const events = queryOn(database.dataSource).export({ userId: 'ada' });
    for await (const event of events) exported.push(event);

    const placed = exported.map(({ occurredAt, chain, chainSeq }) => [occurredAt, chain, chainSeq]);
    const sorted = placed.toSorted(
      (left, right) => left[0]! - right[0]! || left[1]! - right[1]! || left[2]! - right[2]!,
    );
    expect(placed).toEqual(sorted);
    expect(new Set(exported.map(({ eventId }) => eventId)).size).toBe(900);
    expect(exported.every(({ userId }) => userId === 'ada')).toBe(true);
    await database.close();
  });
});
