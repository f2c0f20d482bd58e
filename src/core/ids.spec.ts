import fc from 'fast-check';
import {
  composeSessionId,
  composeSessionToken,
  MAX_SHARDS,
  newEventId,
  newSessionId,
  newSessionToken,
  parseSessionId,
  parseSessionToken,
  sameTokenHash,
  shardOfSession,
  tokenHashOf,
  type SessionToken,
  type TokenHash,
} from './ids.js';

const shards = fc.integer({ min: 0, max: MAX_SHARDS - 1 });
const generations = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('a session id', () => {
  it.each([0, 1, 255, 256, MAX_SHARDS - 1])('tells its shard %d', (shard) => {
    const id = newSessionId(shard);

    expect(id).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(shardOfSession(id)).toBe(shard);
    expect(parseSessionId(id)).toBe(id);
  });

  it('has no room for a shard that is out of range', () => {
    expect(() => newSessionId(MAX_SHARDS)).toThrow(/out of range/);
    expect(() => newSessionId(-1)).toThrow(/out of range/);
  });

  it('is never drawn twice', () => {
    const ids = Array.from({ length: 1_000 }, () => newSessionId(0));

    expect(new Set(ids).size).toBe(1_000);
  });

  it('is the same whenever it is derived from the same bytes, of which the first 16 count', () => {
    const random = Uint8Array.from({ length: 32 }, (_, index) => index);

    const id = composeSessionId(7, random);

    expect(composeSessionId(7, random.subarray(0, 16))).toBe(id);
    expect(composeSessionId(7, random.subarray(1))).not.toBe(id);
  });

  it.each(['', 'a'.repeat(23), 'a'.repeat(25), `${'a'.repeat(23)}.`, `${'a'.repeat(24)}\n`, 'é'])(
    'is not %j',
    (text) => {
      expect(parseSessionId(text)).toBeUndefined();
    },
  );
});

describe('a session token', () => {
  it('tells its session, shard, generation and hash', () => {
    fc.assert(
      fc.property(
        shards,
        bytes(16),
        generations,
        bytes(32),
        (shard, random, generation, secret) => {
          const id = composeSessionId(shard, random);
          const token = composeSessionToken(id, generation, secret);

          expect(parseSessionToken(token)).toEqual({
            token,
            sessionId: id,
            shard,
            generation,
            tokenHash: tokenHashOf(token),
          });
        },
      ),
    );
  });

  it('begins with its session id and has one spelling only', () => {
    const id = newSessionId(3);

    const token = newSessionToken(id, 0);

    expect(token).toMatch(/^[A-Za-z0-9_-]{72}$/);
    expect(token.startsWith(id)).toBe(true);
    expect(Buffer.from(token, 'base64url').toString('base64url')).toBe(token);
  });

  it('has no room for a generation that is out of range', () => {
    const id = newSessionId(0);

    expect(() => newSessionToken(id, 2 ** 32)).toThrow(/out of range/);
  });

  it.each([
    ['nothing', ''],
    ['a text one short', 'a'.repeat(71)],
    ['a text one too long', 'a'.repeat(73)],
    ['a line break at the end', `${'a'.repeat(72)}\n`],
    ['another alphabet', `${'a'.repeat(71)}+`],
    ['padding', `${'a'.repeat(71)}=`],
    ['a NUL', `${'a'.repeat(71)}\0`],
    ['four kilobytes', 'a'.repeat(4_096)],
  ])('is not %s', (_, text) => {
    expect(parseSessionToken(text)).toBeUndefined();
  });

  it('never parses from a text of another length', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => text.length !== 72),
        (text) => {
          expect(parseSessionToken(text)).toBeUndefined();
        },
      ),
    );
  });
});

describe('a token hash', () => {
  it('is of the secret alone', () => {
    const secret = Buffer.alloc(32, 7);
    const left = composeSessionToken(newSessionId(0), 0, secret);
    const right = composeSessionToken(newSessionId(1), 9, secret);

    expect(tokenHashOf(left)).toBe(tokenHashOf(right));
  });

  it('does not show the secret', () => {
    const token: SessionToken = newSessionToken(newSessionId(0), 0);

    expect(token).not.toContain(tokenHashOf(token));
    expect(tokenHashOf(token)).toHaveLength(43);
  });

  it('equals itself, nothing else, and never an absent one', () => {
    const hash = tokenHashOf(newSessionToken(newSessionId(0), 0));
    const other = tokenHashOf(newSessionToken(newSessionId(0), 0));

    expect(sameTokenHash(hash, `${hash}` as TokenHash)).toBe(true);
    expect(sameTokenHash(hash, other)).toBe(false);
    expect(sameTokenHash(hash, hash.slice(1) as TokenHash)).toBe(false);
    expect(sameTokenHash(hash, undefined)).toBe(false);
  });
});

describe('an event id', () => {
  it('fits its column and is never drawn twice', () => {
    const ids = Array.from({ length: 1_000 }, newEventId);

    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => id.length <= 64)).toBe(true);
  });
});
