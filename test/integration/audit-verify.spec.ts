import type { DataSource, EntityManager } from 'typeorm';
import type { AuditKey } from '../../src/audit/audit-key-ring.js';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import type { AuditVerification, AuditVerifyOptions } from '../../src/audit/audit-verification.js';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { Operations } from '../../src/core/operations.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { memoryStore } from '../../src/storage/memory/memory-store.js';
import { someSettings } from '../../src/testing/builders.js';
import { DATABASE_KINDS } from '../support/servers.js';
import {
  anEvent,
  journalOn,
  KEY,
  NOON,
  openAuditDatabase,
  relayInto,
  someEvents,
  type AuditDatabase,
} from './audit-fixtures.js';

const DAY = 86_400_000;
const OTHER_KEY: AuditKey = { keyId: 'k2', key: 'another key of thirty-two bytes or so' };

const row = (number: number) => `event-${String(number).padStart(5, '0')}`;

interface Tampering {
  readonly title: string;
  readonly statements: readonly string[];
  readonly findings: readonly object[];
}

const wrong = (code: string, chainSeq: number, more: object = {}) => ({
  code,
  chain: 0,
  chainSeq,
  ...more,
});
const wrongRow = (code: string, chainSeq: number) =>
  wrong(code, chainSeq, { eventId: row(chainSeq) });

/** Columns that no two statements may be needed for. */
const CHANGES: readonly (readonly [column: string, value: string])[] = [
  ['event_id', `'event-99999'`],
  ['type', `'session.revoked'`],
  ['occurred_at', '1'],
  ['recorded_at', '1'],
  ['outcome', `'failure'`],
  ['reason', `'another'`],
  ['initiator', `'system'`],
  ['actor_id', `'mallory'`],
  ['tenant_id', `'acme'`],
  ['session_id', `'another'`],
  ['request_id', `'another'`],
  ['methods', `'["pwd"]'`],
  ['methods', `'spoilt'`],
  ['personal_digest', `'another'`],
  ['previous_hash', `'another'`],
  ['hash', `'another'`],
];

const PERSONAL: readonly (readonly [column: string, value: string])[] = [
  ['user_id', `'mallory'`],
  ['user_id', 'null'],
  ['ip', `'::1'`],
  ['user_agent', `'curl'`],
  ['details', `'{"a":1}'`],
  ['details', `'spoilt'`],
  ['personal_salt', `''`],
];

/** Another row with the values of row 7, but for those given. */
const copied = (chainSeq: number, eventId: string): string => `
  INSERT INTO audit_events
  SELECT chain, ${chainSeq}, '${eventId}', type, occurred_at, recorded_at, outcome, reason, initiator,
    actor_id, tenant_id, user_id, session_id, request_id, ip, user_agent, methods, details, key_id,
    personal_digest, personal_salt, previous_hash, hash
  FROM audit_events WHERE chain = 0 AND chain_seq = 7`;

const renumbered = (change: string, where: string): readonly string[] => [
  `UPDATE audit_events SET chain_seq = chain_seq + 10000 WHERE chain = 0 AND ${where}`,
  `UPDATE audit_events SET chain_seq = chain_seq - 10000 ${change}
   WHERE chain = 0 AND chain_seq > 10000`,
];

/** On 20 rows of chain 0, all of them anchored. */
const TAMPERINGS: readonly Tampering[] = [
  ...CHANGES.map(([column, value]) => ({
    title: `${column} changed to ${value}`,
    statements: [`UPDATE audit_events SET ${column} = ${value} WHERE chain = 0 AND chain_seq = 7`],
    findings: [wrong('changed', 7, { eventId: column === 'event_id' ? 'event-99999' : row(7) })],
  })),
  ...PERSONAL.map(([column, value]) => ({
    title: `${column} changed to ${value}`,
    statements: [`UPDATE audit_events SET ${column} = ${value} WHERE chain = 0 AND chain_seq = 7`],
    findings: [wrongRow('personal-changed', 7)],
  })),
  {
    title: 'the values of another row put in place of a row’s',
    statements: ['DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 9', copied(9, 'forged')],
    findings: [wrong('changed', 9, { eventId: 'forged' })],
  },
  {
    title: 'the first row deleted',
    statements: ['DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 1'],
    findings: [wrong('deleted', 1, { lastSeq: 1 })],
  },
  {
    title: 'a row deleted in the middle',
    statements: ['DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 7'],
    findings: [wrong('deleted', 7, { lastSeq: 7 })],
  },
  {
    title: 'rows deleted in the middle',
    statements: ['DELETE FROM audit_events WHERE chain = 0 AND chain_seq BETWEEN 7 AND 9'],
    findings: [wrong('deleted', 7, { lastSeq: 9 })],
  },
  {
    title: 'a row deleted and the gap closed',
    statements: [
      'DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 7',
      ...renumbered('- 1', 'chain_seq > 7'),
    ],
    findings: [
      wrong('moved', 7, { lastSeq: 19, eventId: row(8), belongsAt: 8 }),
      wrong('deleted', 7, { lastSeq: 7 }),
    ],
  },
  {
    title: 'the last row cut off',
    statements: ['DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 20'],
    findings: [wrong('cut-off', 20, { lastSeq: 20 })],
  },
  {
    title: 'the last rows cut off',
    statements: ['DELETE FROM audit_events WHERE chain = 0 AND chain_seq > 15'],
    findings: [wrong('cut-off', 16, { lastSeq: 20 })],
  },
  {
    title: 'a whole chain deleted',
    statements: ['DELETE FROM audit_events WHERE chain = 0'],
    findings: [wrong('cut-off', 1, { lastSeq: 20 })],
  },
  {
    title: 'two neighbours exchanged',
    statements: [
      'UPDATE audit_events SET chain_seq = 10007 WHERE chain = 0 AND chain_seq = 7',
      'UPDATE audit_events SET chain_seq = 7 WHERE chain = 0 AND chain_seq = 8',
      'UPDATE audit_events SET chain_seq = 8 WHERE chain = 0 AND chain_seq = 10007',
    ],
    findings: [
      wrong('moved', 7, { lastSeq: 7, eventId: row(8), belongsAt: 8 }),
      wrong('moved', 8, { lastSeq: 8, eventId: row(7), belongsAt: 7 }),
    ],
  },
  {
    title: 'two rows exchanged that are apart',
    statements: [
      'UPDATE audit_events SET chain_seq = 10007 WHERE chain = 0 AND chain_seq = 7',
      'UPDATE audit_events SET chain_seq = 7 WHERE chain = 0 AND chain_seq = 11',
      'UPDATE audit_events SET chain_seq = 11 WHERE chain = 0 AND chain_seq = 10007',
    ],
    findings: [
      wrong('moved', 7, { lastSeq: 7, eventId: row(11), belongsAt: 11 }),
      wrong('moved', 11, { lastSeq: 11, eventId: row(7), belongsAt: 7 }),
    ],
  },
  {
    title: 'a row inserted at the end',
    statements: [copied(21, 'forged')],
    findings: [wrong('inserted', 21, { eventId: 'forged' })],
  },
  {
    title: 'a row inserted before the beginning',
    statements: [copied(0, 'forged')],
    findings: [wrong('inserted', 0, { eventId: 'forged' })],
  },
  {
    title: 'a row inserted in the middle and the rest moved on',
    statements: [...renumbered('+ 1', 'chain_seq >= 9'), copied(9, 'forged')],
    findings: [
      wrong('inserted', 9, { eventId: 'forged' }),
      wrong('moved', 10, { lastSeq: 21, eventId: row(9), belongsAt: 9 }),
    ],
  },
  {
    title: 'a row in a chain that never was',
    statements: [`${copied(1, 'forged')}`.replace('SELECT chain,', 'SELECT 77,')],
    findings: [{ code: 'changed', chain: 77, chainSeq: 1, eventId: 'forged' }],
  },
  {
    title: 'a key named that nobody has',
    statements: [`UPDATE audit_events SET key_id = 'k9' WHERE chain = 0 AND chain_seq IN (7, 8)`],
    findings: [wrong('unknown-key', 7, { lastSeq: 8, eventId: row(7), keyId: 'k9' })],
  },
  {
    title: 'a row declared not keyed',
    statements: [`UPDATE audit_events SET key_id = 'none' WHERE chain = 0 AND chain_seq = 7`],
    findings: [wrong('unknown-key', 7, { lastSeq: 7, eventId: row(7), keyId: 'none' })],
  },
  {
    title: 'the beginning deleted under a checkpoint of somebody without a key',
    statements: [
      `INSERT INTO audit_checkpoints SELECT chain, chain_seq, hash, 5, recorded_at, key_id, hash
       FROM audit_events WHERE chain = 0 AND chain_seq = 5`,
      'DELETE FROM audit_events WHERE chain = 0 AND chain_seq <= 5',
    ],
    findings: [wrong('checkpoint-changed', 5), wrong('deleted', 1, { lastSeq: 5 })],
  },
  {
    title: 'several things at once',
    statements: [
      `UPDATE audit_events SET reason = 'x' WHERE chain = 0 AND chain_seq = 3`,
      'DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 8',
      `UPDATE audit_events SET ip = 'x' WHERE chain = 0 AND chain_seq = 12`,
      'DELETE FROM audit_events WHERE chain = 0 AND chain_seq = 20',
    ],
    findings: [
      wrongRow('changed', 3),
      wrong('deleted', 8, { lastSeq: 8 }),
      wrongRow('personal-changed', 12),
      wrong('cut-off', 20, { lastSeq: 20 }),
    ],
  },
];

describe.each(DATABASE_KINDS)('the verification of the audit on %s', (kind) => {
  let database: AuditDatabase;
  let store: SessionStore;
  let now: number;
  const clock = { now: () => now };

  beforeAll(async () => {
    database = await openAuditDatabase(kind);
  });

  beforeEach(async () => {
    now = NOON;
    store = memoryStore({ shards: 2 });
    await store.start(someSettings({ clock }));
  });

  afterEach(async () => {
    await store.close();
    for (const table of ['audit_events', 'audit_checkpoints', 'audit_rejected'])
      await database.owner.query(`DELETE FROM ${table}`);
  });

  afterAll(() => database.close());

  const record = async (chain: number, first: number, last: number): Promise<void> => {
    const journal = journalOn(database.dataSource, clock);
    const events = someEvents(last).slice(first - 1);
    const outbox = Object.assign(Object.create(store) as SessionStore, {
      readOutbox: async (_: number, limit: number) =>
        events.splice(0, limit).map((event) => ({ key: event.eventId, event })),
      acknowledge: async () => {},
    });
    await relayInto(journal, outbox, clock).drain(chain);
  };

  const verifierWith = (changes: Partial<{ keys: readonly [AuditKey, ...AuditKey[]] }> = {}) =>
    new AuditVerifier({
      dataSource: database.dataSource,
      keys: changes.keys ?? [KEY],
      anchors: store,
    });

  const verify = (options: AuditVerifyOptions = {}): Promise<AuditVerification> =>
    verifierWith().verify(options);

  const tamper = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await database.owner.query(statement);
  };

  const purge = async (): Promise<void> => {
    const operations = new Operations(store, clock, { storeTimeoutMs: 2_000 });
    const { retention: dataSource } = database;
    const core = { store, operations };
    await new AuditRetention({ core, dataSource, keys: [KEY], retentionMs: 30 * DAY }).run();
  };

  it('finds nothing wrong with nothing', async () => {
    expect(await verify()).toEqual({
      valid: true,
      rows: 0,
      chains: 0,
      pseudonymised: 0,
      findings: [],
      findingCount: 0,
      heads: [],
      unanchored: [],
    });
  });

  it('finds nothing wrong with what a relay has written, and tells where chains end', async () => {
    await record(0, 1, 20);
    await record(1, 21, 23);

    const verification = await verify();

    const anchors = [await store.readAnchor(0), await store.readAnchor(1)];
    expect(verification).toMatchObject({ valid: true, rows: 23, chains: 2, unanchored: [] });
    expect(verification.heads).toEqual([
      { chain: 0, ...anchors[0] },
      { chain: 1, ...anchors[1] },
    ]);
    expect(anchors.map((anchor) => anchor?.chainSeq)).toEqual([20, 3]);
  });

  it.each(TAMPERINGS)('names what is wrong with $title', async ({ statements, findings }) => {
    await record(0, 1, 20);
    await record(1, 21, 23);

    await tamper(...statements);

    const verification = await verify();
    expect(verification.findings).toEqual(findings);
    expect(verification).toMatchObject({ valid: false, findingCount: findings.length });
  });

  it('lists as many findings as asked for, and counts the rest', async () => {
    await record(0, 1, 20);
    await tamper(`UPDATE audit_events SET reason = 'x' WHERE chain_seq IN (2, 4, 6, 8, 10)`);

    const verification = await verify({ maxFindings: 2 });

    expect(verification.findings).toEqual([wrongRow('changed', 2), wrongRow('changed', 4)]);
    expect(verification.findingCount).toBe(5);
  });

  it('takes rows under every key of the ring', async () => {
    await record(0, 1, 3);
    const rotated = journalOn(database.dataSource, clock, [OTHER_KEY, KEY]);
    await rotated.append(0, [anEvent(4)]);

    const [both, oneOnly] = [
      await verifierWith({ keys: [OTHER_KEY, KEY] }).verify(),
      await verifierWith({ keys: [OTHER_KEY] }).verify(),
    ];

    expect(both.findings).toEqual([]);
    expect(oneOnly.findings).toEqual([
      wrong('unknown-key', 1, { lastSeq: 3, eventId: row(1), keyId: 'k1' }),
    ]);
  });

  it('accepts a beginning that was purged, though nothing is left behind it', async () => {
    await record(0, 1, 5);
    now += 31 * DAY;

    await purge();

    const verification = await verify();
    expect(verification.findings).toEqual([]);
    expect(verification.heads).toEqual([{ chain: 0, ...(await store.readAnchor(0)) }]);
  });

  it('accepts a purge that was begun and not ended', async () => {
    await record(0, 1, 5);
    now += 31 * DAY;
    await record(0, 6, 8);
    store.append = () => Promise.reject(new Error('killed'));

    await expect(purge()).rejects.toThrow('killed');

    expect((await verify()).findings).toEqual([]);
  });

  it('names what is missing behind a purge', async () => {
    await record(0, 1, 5);
    now += 31 * DAY;
    await record(0, 6, 12);
    await purge();

    await tamper('DELETE FROM audit_events WHERE chain = 0 AND chain_seq IN (6, 7, 9)');

    expect((await verify()).findings).toEqual([
      wrong('deleted', 6, { lastSeq: 7 }),
      wrong('deleted', 9, { lastSeq: 9 }),
    ]);
  });

  it('names a purged beginning whose checkpoint is gone, or moved on', async () => {
    await record(0, 1, 5);
    now += 31 * DAY;
    await record(0, 6, 12);
    await purge();

    await tamper('UPDATE audit_checkpoints SET up_to_seq = 8');
    await tamper('DELETE FROM audit_events WHERE chain = 0 AND chain_seq <= 8');
    const movedOn = await verify();
    await tamper('DELETE FROM audit_checkpoints');
    const gone = await verify();

    expect(movedOn.findings).toEqual([
      wrong('checkpoint-changed', 8),
      wrong('deleted', 1, { lastSeq: 8 }),
    ]);
    expect(gone.findings).toEqual([wrong('deleted', 1, { lastSeq: 8 })]);
  });

  it('agrees with a purge that goes on while it reads', async () => {
    await record(0, 1, 20);
    now += 31 * DAY;
    await record(0, 21, 30);
    const { dataSource } = database;
    let purging: Promise<void> | undefined;
    const manager = Object.assign(Object.create(dataSource.manager) as EntityManager, {
      find: async (...query: Parameters<EntityManager['find']>) => {
        const checkpoints = await dataSource.manager.find(...query);
        await (purging ??= purge());
        return checkpoints;
      },
    });
    const overtaken = Object.assign(Object.create(dataSource) as DataSource, { manager });

    const verifier = new AuditVerifier({ dataSource: overtaken, keys: [KEY], anchors: store });

    expect(await verifier.verify()).toMatchObject({ rows: 10, findings: [] });
  });

  it('agrees with a purge that takes all that is left while it reads', async () => {
    await record(0, 1, 5);
    now += 31 * DAY;
    const { dataSource } = database;
    const manager = Object.assign(Object.create(dataSource.manager) as EntityManager, {
      find: async (...query: Parameters<EntityManager['find']>) => {
        const checkpoints = await dataSource.manager.find(...query);
        await purge();
        return checkpoints;
      },
    });
    const overtaken = Object.assign(Object.create(dataSource) as DataSource, { manager });

    const verifier = new AuditVerifier({ dataSource: overtaken, keys: [KEY], anchors: store });

    expect(await verifier.verify()).toMatchObject({ rows: 0, findings: [] });
  });

  it('names a second row of one number, though a page ends between the two', async () => {
    await record(0, 1, 600);
    await tamper(
      'ALTER TABLE audit_events RENAME TO audit_original',
      'CREATE TABLE audit_events AS SELECT * FROM audit_original',
      copied(500, 'forged'),
    );

    const verifier = new AuditVerifier({ dataSource: database.owner, keys: [KEY], anchors: store });
    const { rows, findings } = await verifier.verify();

    await tamper('DROP TABLE audit_events', 'ALTER TABLE audit_original RENAME TO audit_events');
    expect(rows).toBe(601);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'inserted', chainSeq: 500 }));
  });

  it('says which chains are anchored nowhere, and takes heads that were kept elsewhere', async () => {
    await record(0, 1, 20);
    const { heads } = await verify();
    store = memoryStore({ shards: 2 });
    await store.start(someSettings({ clock }));
    await tamper('DELETE FROM audit_events WHERE chain_seq > 18');

    const [unanchored, anchored] = [await verify(), await verify({ heads })];

    expect(unanchored).toMatchObject({ valid: true, findings: [], unanchored: [0] });
    expect(anchored.unanchored).toEqual([]);
    expect(anchored.findings).toEqual([wrong('cut-off', 19, { lastSeq: 20 })]);
  });

  it('tells a history rewritten by somebody with the key, by a kept head', async () => {
    await record(0, 1, 20);
    const { heads } = await verify();
    await tamper('DELETE FROM audit_events WHERE chain_seq > 18');
    await journalOn(database.dataSource, clock).append(0, [anEvent(91), anEvent(92), anEvent(93)]);

    const { findings } = await verify({ heads });

    expect(findings).toEqual([wrong('anchor-mismatch', 20, { eventId: row(92) })]);
  });

  it('tells rows of another history that were put in', async () => {
    await record(0, 1, 20);
    await tamper(
      'CREATE TABLE audit_backup AS SELECT * FROM audit_events',
      'DELETE FROM audit_events WHERE chain_seq > 10',
    );
    await record(0, 31, 40);
    await tamper(
      'DELETE FROM audit_events WHERE chain_seq = 15',
      'INSERT INTO audit_events SELECT * FROM audit_backup WHERE chain_seq = 15',
      'DROP TABLE audit_backup',
    );

    const { findings } = await verify();

    expect(findings).toEqual([
      wrongRow('unlinked', 15),
      wrong('unlinked', 16, { eventId: row(36) }),
      wrong('anchor-mismatch', 20, { eventId: row(40) }),
    ]);
  });

  it('holds one page of 20,000 rows at a time, and tells how far it is', async () => {
    await record(0, 1, 20_000);
    const seen: number[] = [];

    const verification = await verify({
      onProgress: ({ rows, total }) => {
        seen.push(rows);
        expect(total).toBe(20_000);
      },
    });

    const pages = seen.map((rows, index) => rows - (seen[index - 1] ?? 0));
    expect(verification).toMatchObject({ valid: true, rows: 20_000 });
    expect(pages).toEqual(Array(40).fill(500));
  }, 60_000);

  it('ends when it is told to', async () => {
    await record(0, 1, 1_000);
    const controller = new AbortController();

    const verifying = verify({
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });

    await expect(verifying).rejects.toThrow('enough');
  });
});

describe('the options of a verification', () => {
  it.each([
    [{ maxFindings: 0 }, 'maxFindings'],
    [{ maxFindings: 1.5 }, 'maxFindings'],
    [{ heads: 'x' }, 'heads'],
    [{ heads: [{}] }, 'heads[0]'],
    [{ heads: [{ chain: 0, chainSeq: 0, hash: '' }] }, 'heads[0]'],
    [{ heads: [{ chain: 65_536, chainSeq: 1, hash: '' }] }, 'heads[0]'],
    [{ heads: [{ chain: 0, chainSeq: 1, hash: 'x'.repeat(65) }] }, 'heads[0]'],
  ])('are refused by name when they are %j', async (options, parameter) => {
    const verifier = new AuditVerifier({ dataSource: {} as DataSource, keys: [KEY] });

    await expect(verifier.verify(options as unknown as AuditVerifyOptions)).rejects.toMatchObject({
      code: 'SESSION_INPUT_INVALID',
      parameter,
    });
  });
});

describe('the verification of the audit on SQLite, whose columns keep values of any type', () => {
  let database: AuditDatabase;

  beforeEach(async () => {
    database = await openAuditDatabase('sqlite');
    await journalOn(database.dataSource).append(0, someEvents(9));
  });

  afterEach(() => database.close());

  const findings = async () => {
    const verifier = new AuditVerifier({ dataSource: database.dataSource, keys: [KEY] });
    return (await verifier.verify()).findings;
  };

  it.each([
    ['bytes', 'CAST(occurred_at AS TEXT)'],
    ['a hexadecimal text', `printf('0x%x', occurred_at)`],
  ])('names a row whose time has become %s', async (_name, value) => {
    const blob = value.startsWith('CAST') ? `CAST(${value} AS BLOB)` : value;
    await database.owner.query(`UPDATE audit_events SET occurred_at = ${blob} WHERE chain_seq = 7`);

    expect(await findings()).toEqual([wrongRow('changed', 7)]);
  });

  it.each([`'x'`, `x'30'`, '9e999'])('names a row in the chain %s', async (chain) => {
    await database.owner.query(copied(10, 'forged').replace('SELECT chain,', `SELECT ${chain},`));

    expect(await findings()).toEqual([
      { code: 'inserted', chain: NaN, chainSeq: 10, eventId: 'forged' },
    ]);
  });
});
