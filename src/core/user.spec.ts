import fc from 'fast-check';
import { SessionIdentityInvalidError } from './errors.js';
import { parseUser, sameUser, shardOfUser, userKey, type User } from './user.js';

const identifiers = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
const users = fc.record({ tenantId: fc.oneof(fc.constant(''), identifiers), userId: identifiers });

describe('a user', () => {
  it.each([
    ['without a tenant', { userId: 'alice' }, { tenantId: '', userId: 'alice' }],
    ['of an empty tenant', { tenantId: '', userId: 'alice' }, { tenantId: '', userId: 'alice' }],
    ['of a tenant', { tenantId: 'acme', userId: 'alice' }, { tenantId: 'acme', userId: 'alice' }],
    ['in any script', { userId: 'Ægir 🚪' }, { tenantId: '', userId: 'Ægir 🚪' }],
    ['called __proto__', { userId: '__proto__' }, { tenantId: '', userId: '__proto__' }],
  ])('%s is taken as it is', (_, input, user) => {
    expect(parseUser(input)).toEqual(user);
  });

  it('keeps nothing but its two ids', () => {
    const input = { userId: 'alice', methods: ['pwd'] };

    expect(Object.keys(parseUser(input))).toEqual(['tenantId', 'userId']);
  });

  it.each([
    ['255 bytes', 'a'.repeat(255)],
    ['255 bytes of two-byte characters and one more', `${'é'.repeat(127)}a`],
  ])('may have an id of %s', (_, id) => {
    expect(parseUser({ tenantId: id, userId: id })).toEqual({ tenantId: id, userId: id });
  });

  it.each([
    ['empty', ''],
    ['256 bytes long', 'a'.repeat(256)],
    ['256 bytes long in 128 characters', 'é'.repeat(128)],
    ['with a NUL', 'a\0b'],
    ['with a line break', 'a\nb'],
    ['with a C1 control character', 'a\u0085b'],
    ['with a lone high surrogate', 'a\uD83D'],
    ['with a lone low surrogate', '\uDEAAa'],
    ['a number', 7],
    ['null', null],
    ['an object', { toString: () => 'alice' }],
    ['an array', ['alice']],
  ])('may not have an id that is %s', (_, id) => {
    const parse = (): User => parseUser({ userId: id as string });

    expect(parse).toThrow(SessionIdentityInvalidError);
    expect(parse).toThrow(expect.objectContaining({ field: 'userId' }));
  });

  it.each([
    ['257 bytes long', 'a'.repeat(257)],
    ['with a NUL', 'a\0'],
    ['a number', 0],
  ])('may not have a tenant that is %s', (_, tenantId) => {
    const parse = (): User => parseUser({ tenantId: tenantId as string, userId: 'alice' });

    expect(parse).toThrow(expect.objectContaining({ field: 'tenantId' }));
  });

  it('is the same by both ids together', () => {
    const alice = { tenantId: 'a', userId: 'alice' };

    expect(sameUser(alice, { ...alice })).toBe(true);
    expect(sameUser(alice, { ...alice, tenantId: 'b' })).toBe(false);
    expect(sameUser(alice, { ...alice, userId: 'bob' })).toBe(false);
    expect(sameUser(alice, undefined)).toBe(false);
    expect(sameUser(undefined, alice)).toBe(false);
  });
});

describe('a user key', () => {
  it.each([
    [{ tenantId: '', userId: 'alice' }, '0::alice'],
    [{ tenantId: 'acme', userId: 'alice' }, '4:acme:alice'],
    [{ tenantId: 'é', userId: 'alice' }, '2:é:alice'],
    [{ tenantId: 'a', userId: 'b:c' }, '1:a:b:c'],
    [{ tenantId: 'a:b', userId: 'c' }, '3:a:b:c'],
  ])('of %j is %s', (user, key) => {
    expect(userKey(user)).toBe(key);
  });

  it('is of one user only', () => {
    fc.assert(
      fc.property(users, users, (left, right) => {
        expect(userKey(left) === userKey(right)).toBe(sameUser(left, right));
      }),
    );
  });
});

describe('the shard of a user', () => {
  it('is always the same and always one of those there are', () => {
    fc.assert(
      fc.property(users, fc.integer({ min: 1, max: 65_536 }), (user, shards) => {
        const shard = shardOfUser(user, shards);

        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(shards);
        expect(shardOfUser({ ...user }, shards)).toBe(shard);
      }),
    );
  });

  it('spreads users evenly', () => {
    const counts = Array.from({ length: 8 }, () => 0);

    for (let index = 0; index < 8_000; index += 1) {
      const shard = shardOfUser({ tenantId: '', userId: `user-${index}` }, 8);
      counts[shard] = counts[shard]! + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});
