import { resolveKeyRing, UNKEYED, type AuditKey } from './audit-key-ring.js';

const KEY = 'k'.repeat(32);

describe('the audit key ring', () => {
  it('keeps the order in which keys were given', () => {
    const keys = [
      { keyId: 'new', key: KEY },
      { keyId: 'old', key: Buffer.alloc(32) },
    ];

    expect(resolveKeyRing(keys)).toEqual(keys);
  });

  it('says so when there are no keys', () => {
    expect(resolveKeyRing(undefined)).toEqual([UNKEYED]);
  });

  it.each<[string, readonly AuditKey[], string]>([
    ['an empty ring', [], 'keys'],
    ['a short text', [{ keyId: 'a', key: 'k'.repeat(31) }], 'keys[0].key'],
    ['short bytes', [{ keyId: 'a', key: Buffer.alloc(31) }], 'keys[0].key'],
    ['a key that is none', [{ keyId: 'a', key: 7 as unknown as string }], 'keys[0].key'],
    ['an empty key id', [{ keyId: '', key: KEY }], 'keys[0].keyId'],
    ['a key id that does not fit', [{ keyId: 'a'.repeat(65), key: KEY }], 'keys[0].keyId'],
    ['the key id of no key', [{ keyId: 'none', key: KEY }], 'keys[0].keyId'],
    ['one key id twice', [1, 2].map(() => ({ keyId: 'a', key: KEY })), 'keys'],
  ])('refuses %s, without telling the key', (_name, keys, option) => {
    const resolve = () => resolveKeyRing(keys);

    expect(resolve).toThrow(expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option }));
    expect(resolve).not.toThrow('kkk');
  });
});
