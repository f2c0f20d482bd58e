import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { newSessionToken, tokenHashOf, type SessionId, type TokenHash } from '../../core/ids.js';
import type { NewSession } from '../../core/session-store.js';
import type { Tombstone } from '../../core/session-record.js';
import type { User } from '../../core/user.js';
import { openRedis } from '../../../test/support/servers.js';
import { packSession, packTombstone, unpackRecord, unpackSession } from './session-packing.js';

const ID = 'AAAAAAAAAAAAAAAAAAAAAAAA' as SessionId;
/** Reads and writes what is stored as the scripts do, and stamps a record as `create` does. */
const THROUGH_LUA = `
  ${readFileSync(new URL('./lua/includes/records.lua', import.meta.url), 'utf8')}
  local stored = unpack_record(ARGV[1])
  if stored.state then return pack_tombstone(stored) end
  stored.epoch = tonumber(ARGV[2])
  stored.version = tonumber(ARGV[3])
  return pack_record(stored)
`;

const aTokenHash = (): TokenHash => tokenHashOf(newSessionToken(ID, 0));

const text = fc.string({ unit: 'binary', maxLength: 300 });
const time = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1),
);
const tokenHash: fc.Arbitrary<TokenHash> = fc.constant(null).map(() => aTokenHash());
const user: fc.Arbitrary<User> = fc.record({
  tenantId: text,
  userId: text.filter((id) => id !== ''),
});
const hostileKey = fc.constantFrom(
  '__proto__',
  'constructor',
  '',
  '0',
  '1',
  '-1',
  '01',
  'toString',
  'a\u0000b',
);
const data = fc
  .array(fc.tuple(fc.oneof(text, hostileKey), fc.json()), { maxLength: 8 })
  .map((entries): Record<string, string> => Object.fromEntries(entries));

const session: fc.Arbitrary<NewSession> = fc.record(
  {
    id: fc.constant(ID),
    user,
    createdAt: time,
    authenticatedAt: time,
    lastSeenAt: time,
    absoluteExpiresAt: time,
    idleTimeoutMs: time,
    tokenHash,
    previousTokenHash: tokenHash,
    generation: fc.nat(),
    rotatedAt: time,
    rotation: fc.constantFrom('periodic', 'immediate'),
    confirmedAt: time,
    methods: fc.array(text, { maxLength: 4 }),
    device: fc.record({ ip: text, userAgent: text, label: text }, { requiredKeys: [] }),
    impersonatorId: text,
    tombstoneUntil: time,
    data,
  },
  {
    requiredKeys: [
      'id',
      'createdAt',
      'lastSeenAt',
      'absoluteExpiresAt',
      'idleTimeoutMs',
      'tokenHash',
      'generation',
      'rotatedAt',
      'rotation',
      'methods',
      'device',
      'data',
    ],
  },
);

const tombstone: fc.Arbitrary<Tombstone> = fc.record(
  {
    state: fc.constantFrom('revoked', 'evicted', 'expired'),
    id: fc.constant(ID),
    user,
    tokenHash,
    previousTokenHash: tokenHash,
    generation: fc.nat(),
    reason: text,
    endedAt: time,
    eventId: text,
  },
  { requiredKeys: ['state', 'id', 'tokenHash', 'generation', 'reason', 'endedAt', 'eventId'] },
);

describe('session packing', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = openRedis();
  });
  afterAll(() => redis.quit());

  const throughLua = (packed: Buffer, epoch: number | '', version: number | ''): Promise<Buffer> =>
    redis.callBuffer('eval', THROUGH_LUA, 0, packed, epoch, version) as Promise<Buffer>;

  it('brings every session back as it was, after Lua has read and written it', async () => {
    await fc.assert(
      fc.asyncProperty(session, time, time, async (given, epoch, version) => {
        const packed = await throughLua(packSession(given), epoch, version);

        expect(unpackRecord(ID, packed)).toEqual({ ...given, state: 'active', epoch, version });
      }),
      { numRuns: 500 },
    );
  });

  it('brings every tombstone back as it was, after Lua has read and written it', async () => {
    await fc.assert(
      fc.asyncProperty(tombstone, async (given) => {
        const packed = packTombstone(given);

        expect(unpackSession(ID, await throughLua(packed, '', ''))).toEqual(given);
      }),
    );
  });

  it('replaces what UTF-8 cannot carry, in keys and texts alike', async () => {
    const [given] = fc.sample(session, 1);
    const lone = { ...given!, data: { 'a\ud800': '"b"' }, device: { label: '\udfff' } };

    const record = unpackRecord(ID, await throughLua(packSession(lone), 0, 0));

    expect(record).toMatchObject({ data: { 'a\ufffd': '"b"' }, device: { label: '\ufffd' } });
  });

  it('takes no more of Redis than the 192 bytes it allocates for up to 188, for the session of a browser', () => {
    const createdAt = 1_795_000_000_000;
    const secret = 'a'.repeat(24);
    const browser: NewSession = {
      id: ID,
      user: { tenantId: '', userId: 'user-100000' },
      createdAt,
      authenticatedAt: createdAt,
      lastSeenAt: createdAt + 3_600_000,
      absoluteExpiresAt: createdAt + 43_200_000,
      idleTimeoutMs: 1_800_000,
      tokenHash: aTokenHash(),
      generation: 0,
      rotatedAt: createdAt,
      rotation: 'immediate',
      methods: ['pwd'],
      device: {
        ip: '203.0.113.195',
        userAgent:
          'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
        label: 'Chrome on Windows',
      },
      data: { passport: '{"user":"user-100000"}', csrfSecret: `"${secret}"` },
    };

    expect(packSession(browser).length).toBeLessThanOrEqual(188);
  });

  it('refuses a tombstone where a live session is expected', () => {
    const packed = packTombstone(fc.sample(tombstone, 1)[0]!);

    expect(() => unpackRecord(ID, packed)).toThrow('A live session was expected');
  });
});
