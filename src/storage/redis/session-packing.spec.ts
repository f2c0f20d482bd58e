import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { newSessionToken, tokenHashOf, type SessionId, type TokenHash } from '../../core/ids.js';
import type { NewSession } from '../../core/session-store.js';
import type { Tombstone } from '../../core/session-record.js';
import type { User } from '../../core/user.js';
import { openRedis } from '../../../test/support/servers.js';
import { pack, packSession, unpackRecord, unpackSession } from './session-packing.js';

const ID = 'AAAAAAAAAAAAAAAAAAAAAAAA' as SessionId;
/** Reads and writes the record as the scripts do, and stamps it as `create` does. */
const THROUGH_LUA = `
  local record = cmsgpack.unpack(ARGV[1])
  record.e = tonumber(ARGV[2])
  record.v = tonumber(ARGV[3])
  return cmsgpack.pack(record)
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
        const packed = pack({
          s: given.state,
          t: given.user?.tenantId || undefined,
          u: given.user?.userId,
          h: given.tokenHash,
          p: given.previousTokenHash,
          g: given.generation,
          w: given.reason,
          z: given.endedAt,
          y: given.eventId,
        });

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

  it('refuses a tombstone where a live session is expected', () => {
    const packed = pack({ s: 'revoked', h: aTokenHash(), g: 0, w: 'logout', z: 1, y: 'event' });

    expect(() => unpackRecord(ID, packed)).toThrow('A live session was expected');
  });
});
