import type { DataSource } from 'typeorm';
import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { AuditPseudonymiser } from '../../src/audit/audit-pseudonymiser.js';
import type { AuditRelay } from '../../src/audit/audit-relay.js';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { Operations } from '../../src/core/operations.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { shardOfUser } from '../../src/core/user.js';
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
  relayInto,
  type AuditDatabase,
} from './audit-fixtures.js';

const SHARDS = 4;
const ADA = { tenantId: '', userId: 'ada' };
const CHAIN = shardOfUser(ADA, SHARDS);
const WHY = { by: 'olivia', reason: 'erasure' };

const personal = (number: number, changes: Partial<AuditEvent> = {}): AuditEvent =>
  anEvent(number, { ip: '203.0.113.7', userAgent: 'Firefox', details: { a: 1 }, ...changes });

describe.each(DATABASE_KINDS)('pseudonymising a user on %s', (kind) => {
  let database: AuditDatabase;
  let store: SessionStore;
  let relay: AuditRelay;
  const clock = { now: () => NOON };

  beforeEach(async () => {
    database = await openAuditDatabase(kind);
    store = memoryStore({ shards: SHARDS });
    await store.start(someSettings({ clock }));
    relay = relayInto(journalOn(database.dataSource, clock), store, clock);
  });

  afterEach(() => database.close());

  const record = async (...events: readonly AuditEvent[]): Promise<void> => {
    await journalOn(database.dataSource, clock).append(CHAIN, events);
  };

  const pseudonymiserWith = (
    changes: Partial<Pick<SessionStore, 'append'>> = {},
    dataSource = database.retention,
  ): AuditPseudonymiser => {
    const changed = Object.assign(Object.create(store) as SessionStore, changes);
    const operations = new Operations(changed, clock, { storeTimeoutMs: 2_000 });
    const core = { store: changed, operations };
    return new AuditPseudonymiser({ core, relay, dataSource });
  };

  const verify = () =>
    new AuditVerifier({
      dataSource: database.dataSource,
      keys: [KEY],
      anchors: store,
    }).verify();

  const rowsNow = () => chainOf(database.dataSource, CHAIN);

  it('replaces what is personal in that user’s rows and in no other', async () => {
    await record(personal(1), personal(2, { userId: 'bob' }), personal(3, { tenantId: 'acme' }));
    const before = await rowsNow();

    const { pseudonym, rows } = await pseudonymiserWith().pseudonymise(ADA, WHY);

    const [ada, bob, adaOfAcme] = await rowsNow();
    expect(rows).toBe(1);
    expect(ada).toEqual(
      Object.assign(before[0]!, {
        userId: pseudonym,
        ip: null,
        userAgent: null,
        details: null,
        personalSalt: '',
      }),
    );
    expect([bob, adaOfAcme]).toEqual(before.slice(1));
  });

  it('records who did it and why, without the name that is gone', async () => {
    await record(personal(1), personal(2, { userId: 'bob' }), personal(3), personal(4));

    const { pseudonym } = await pseudonymiserWith().pseudonymise(ADA, WHY);

    const event = (await rowsNow()).at(-1);
    expect(event).toMatchObject({
      type: 'audit.pseudonymised',
      initiator: 'admin',
      actorId: 'olivia',
      reason: 'erasure',
      userId: pseudonym,
      tenantId: '',
      details: { rows: '1,3-4' },
    });
    expect(JSON.stringify(await rowsNow())).not.toContain('"ada"');
  });

  it('leaves the chain as it was, and verify counts the rows', async () => {
    await record(personal(1), personal(2, { userId: 'bob' }), personal(3));

    await pseudonymiserWith().pseudonymise(ADA, WHY);

    expect(await verify()).toMatchObject({ valid: true, findings: [], pseudonymised: 2 });
  });

  it('does not affect what the user does later, and can be repeated', async () => {
    await record(personal(1));
    const first = await pseudonymiserWith().pseudonymise(ADA, WHY);
    await record(personal(5));

    const second = await pseudonymiserWith().pseudonymise(ADA, WHY);
    await record(personal(6));

    const users = (await rowsNow()).map(({ userId }) => userId);
    expect([first.rows, second.rows]).toEqual([1, 1]);
    expect(users).toEqual([
      first.pseudonym,
      first.pseudonym,
      second.pseudonym,
      second.pseudonym,
      'ada',
    ]);
    expect(await verify()).toMatchObject({ findings: [], pseudonymised: 2 });
  });

  it('reaches rows that still waited in the outbox', async () => {
    const operations = new Operations(store, clock, { storeTimeoutMs: 2_000 });
    await store.append(
      CHAIN,
      { type: 'login.failed', ...ADA },
      operations.begin({ initiator: 'user' }),
    );

    const { rows } = await pseudonymiserWith().pseudonymise(ADA, WHY);

    expect(rows).toBe(1);
    expect((await rowsNow()).map(({ userId }) => userId)).not.toContain('ada');
  });

  it('reaches rows in every chain, and records in each', async () => {
    await record(personal(1));
    await journalOn(database.dataSource, clock).append((CHAIN + 1) % SHARDS, [personal(2)]);

    const { rows } = await pseudonymiserWith().pseudonymise(ADA, WHY);

    const other = await chainOf(database.dataSource, (CHAIN + 1) % SHARDS);
    expect(rows).toBe(2);
    expect(other.map(({ type }) => type)).toEqual(['session.created', 'audit.pseudonymised']);
    expect(await verify()).toMatchObject({ findings: [], pseudonymised: 2 });
  });

  it('takes as many events as the rows need', async () => {
    const events = Array.from({ length: 1_600 }, (_, index) =>
      personal(index + 1, { userId: index % 2 === 0 ? 'ada' : 'bob' }),
    );
    for (let start = 0; start < events.length; start += 400)
      await record(...events.slice(start, start + 400));

    const { rows } = await pseudonymiserWith().pseudonymise(ADA, WHY);

    const recorded = (await rowsNow()).filter(({ type }) => type === 'audit.pseudonymised');
    expect(rows).toBe(800);
    expect(recorded.length).toBeGreaterThan(3);
    expect(await verify()).toMatchObject({ findings: [], pseudonymised: 800 });
  });

  it.each<[string, Partial<Pick<SessionStore, 'append'>>]>([
    ['has no room', { append: async () => false }],
    ['loses it', { append: async () => true }],
  ])('changes nothing where the outbox %s', async (_, changes) => {
    await record(personal(1));
    const before = await rowsNow();

    const changing = pseudonymiserWith(changes).pseudonymise(ADA, WHY);

    await expect(changing).rejects.toMatchObject({ code: 'AUDIT_UNRECORDED' });
    expect(await rowsNow()).toEqual(before);
  });

  it('verifies too where it died between the record and the change', async () => {
    await record(personal(1), personal(3));
    const { retention: dataSource } = database;
    const dying = Object.assign(Object.create(dataSource) as DataSource, {
      createQueryBuilder: () => {
        throw new Error('killed');
      },
    });

    await expect(pseudonymiserWith({}, dying).pseudonymise(ADA, WHY)).rejects.toThrow('killed');
    const half = await verify();
    await pseudonymiserWith().pseudonymise(ADA, WHY);

    expect(half).toMatchObject({ rows: 3, findings: [], pseudonymised: 0 });
    expect(await verify()).toMatchObject({ rows: 4, findings: [], pseudonymised: 2 });
  });

  it.each([
    ['a value brought back', `ip = '203.0.113.7'`],
    ['another pseudonym', `user_id = 'pseudonym-of-mallory'`],
    ['a salt', `personal_salt = 'AAAAAAAAAAAAAAAAAAAAAA'`],
  ])('is no excuse for %s', async (_, change) => {
    await record(personal(1), personal(2));
    await pseudonymiserWith().pseudonymise(ADA, WHY);

    await database.owner.query(`UPDATE audit_events SET ${change} WHERE chain_seq = 2`);

    expect((await verify()).findings).toEqual([
      { code: 'personal-changed', chain: CHAIN, chainSeq: 2, eventId: 'event-00002' },
    ]);
  });

  it('is no excuse for other rows, nor for later ones', async () => {
    await record(personal(1), personal(2, { userId: 'bob' }));
    const { pseudonym } = await pseudonymiserWith().pseudonymise(ADA, WHY);
    await record(personal(4, { userId: 'bob' }));

    await database.owner.query(
      `UPDATE audit_events SET user_id = '${pseudonym}', ip = null, user_agent = null,
       details = null, personal_salt = '' WHERE user_id = 'bob'`,
    );

    expect((await verify()).findings).toEqual([
      { code: 'personal-changed', chain: CHAIN, chainSeq: 2, eventId: 'event-00002' },
      { code: 'personal-changed', chain: CHAIN, chainSeq: 4, eventId: 'event-00004' },
    ]);
  });

  it('leaves a change that nobody excuses, when its record is changed or gone', async () => {
    await record(personal(1));
    await pseudonymiserWith().pseudonymise(ADA, WHY);

    await database.owner.query(
      `UPDATE audit_events SET details = '{"rows":"1-9"}' WHERE chain_seq = 2`,
    );
    const changed = await verify();
    await database.owner.query('DELETE FROM audit_events WHERE chain_seq = 2');
    const gone = await verify();

    expect(changed.findings).toMatchObject([
      { code: 'personal-changed', chainSeq: 1 },
      { code: 'personal-changed', chainSeq: 2 },
    ]);
    expect(gone.findings).toMatchObject([
      { code: 'personal-changed', chainSeq: 1 },
      { code: 'cut-off', chainSeq: 2 },
    ]);
  });

  it.each([
    [{ userId: '' }, WHY],
    [ADA, { by: '', reason: 'erasure' }],
    [ADA, { by: 'olivia', reason: 'a\u0000b' }],
    [ADA, { by: 'x'.repeat(256), reason: 'erasure' }],
  ])('refuses %j by %j', async (user, request) => {
    const changing = pseudonymiserWith().pseudonymise({ tenantId: '', ...user }, request);

    await expect(changing).rejects.toMatchObject({ code: expect.stringMatching(/_INVALID$/) });
  });
});
