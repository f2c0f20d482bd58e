import {
  chainRows,
  checkpointHmacOf,
  GENESIS,
  personalDigestOf,
  rowHashOf,
  type UnchainedRow,
} from './audit-chain.js';
import type { AuditKey } from './audit-key-ring.js';

const KEY: AuditKey = { keyId: 'k1', key: 'a key of thirty-two bytes at least' };

const UNCHAINED: UnchainedRow = {
  eventId: 'event-1',
  type: 'session.created',
  occurredAt: 1_000,
  recordedAt: 2_000,
  outcome: 'success',
  reason: null,
  initiator: 'user',
  actorId: null,
  tenantId: '',
  userId: 'ada',
  sessionId: null,
  requestId: null,
  ip: '::1',
  userAgent: null,
  methods: ['pwd'],
  details: { b: 1, a: 'ä' },
};

const ROW = {
  ...UNCHAINED,
  chain: 3,
  chainSeq: 1,
  keyId: 'k1',
  personalSalt: 'AAAAAAAAAAAAAAAAAAAAAA',
  personalDigest: 'digest',
  previousHash: '',
  hash: 'hash',
};

const PERSONAL = ['userId', 'ip', 'userAgent', 'details'] as const;

describe('the audit chain', () => {
  it('has digests that never change from one release to the next', () => {
    const digests = [
      personalDigestOf(ROW, KEY),
      rowHashOf(ROW, KEY),
      checkpointHmacOf(
        { chain: 3, upToSeq: 9, hash: 'h', purgedCount: 4, at: 5, keyId: 'k1' },
        KEY,
      ),
    ];

    expect(digests).toEqual([
      'lslRHXzdz7UXk5ppVFxRgmWM3xgyfdIj2HL_s6wkypo',
      'mHkrCiEMyiBbu7785nziTSTNidU2w_uOfQh6NEkkEAU',
      'h1H3DLOKNArOC_mv4_U8xRfwic5f9ZEPt6Rj4Kt0pRw',
    ]);
  });

  it('numbers rows from the tip and links each to the one before', () => {
    const rows = chainRows(3, { chainSeq: 41, hash: 'tip' }, [UNCHAINED, UNCHAINED], KEY);

    expect(rows.map(({ chainSeq }) => chainSeq)).toEqual([42, 43]);
    expect(rows.map(({ previousHash }) => previousHash)).toEqual(['tip', rows[0]!.hash]);
    expect(rows.map((row) => rowHashOf(row, KEY))).toEqual(rows.map(({ hash }) => hash));
  });

  it('begins with number 1 behind an empty hash', () => {
    const [row] = chainRows(3, GENESIS, [UNCHAINED], KEY);

    expect(row).toMatchObject({ chainSeq: 1, previousHash: '', keyId: 'k1' });
  });

  it('salts each row by itself', () => {
    const [left, right] = chainRows(3, GENESIS, [UNCHAINED, UNCHAINED], KEY);

    expect(left!.personalSalt).not.toBe(right!.personalSalt);
    expect(left!.personalDigest).not.toBe(right!.personalDigest);
  });

  it.each(Object.keys(ROW).filter((name) => name !== 'hash'))('notices a changed %s', (name) => {
    const changed = { ...ROW, [name]: 'changed' };

    const isPersonal = [...PERSONAL, 'personalSalt'].includes(name);
    expect(rowHashOf(changed, KEY) !== rowHashOf(ROW, KEY)).toBe(!isPersonal);
    expect(personalDigestOf(changed, KEY) !== personalDigestOf(ROW, KEY)).toBe(isPersonal);
  });

  it.each(PERSONAL)('tells an empty %s from an absent one', (name) => {
    const [empty, absent] = ['', null].map((value) =>
      personalDigestOf({ ...ROW, [name]: value }, KEY),
    );

    expect(empty).not.toBe(absent);
  });

  it('needs the key', () => {
    const other = { keyId: 'k1', key: 'another key of thirty-two bytes or so' };

    expect(rowHashOf(ROW, other)).not.toBe(rowHashOf(ROW, KEY));
    expect(personalDigestOf(ROW, other)).not.toBe(personalDigestOf(ROW, KEY));
  });
});
