import { randomBytes } from 'node:crypto';
import { resolveDataKeyRing, type DataEncryptionOptions } from './data-key-ring.js';

const KEY = randomBytes(32);
const withKeys = (...keys: readonly unknown[]): DataEncryptionOptions => ({ keys }) as never;

describe('the keys of session data', () => {
  it.each([
    ['bytes', KEY],
    ['base64', KEY.toString('base64')],
    ['base64 without its padding', KEY.toString('base64').slice(0, -1)],
    ['base64url', KEY.toString('base64url')],
  ])('may be %s', (_, key) => {
    const ring = resolveDataKeyRing(withKeys({ keyId: 'a', key }));

    expect(ring.keys.get('a')!.export()).toEqual(KEY);
    expect(ring).toMatchObject({ currentKeyId: 'a', acceptPlaintext: false });
  });

  it('are a ring of which the first encrypts', () => {
    const [first, second] = [randomBytes(32), randomBytes(32)];

    const ring = resolveDataKeyRing(
      withKeys({ keyId: '2027', key: first }, { keyId: '2026', key: second }),
    );

    expect(ring.currentKeyId).toBe('2027');
    expect([...ring.keys.keys()]).toEqual(['2027', '2026']);
  });

  it.each<[string, unknown]>([
    ['dataEncryption.keys', {}],
    ['dataEncryption.keys', { keys: [] }],
    ['dataEncryption.keys', { keys: 'key' }],
    [
      'dataEncryption.keys',
      {
        keys: [
          { keyId: 'a', key: KEY },
          { keyId: 'a', key: KEY },
        ],
      },
    ],
    ['dataEncryption.keys[0].keyId', { keys: [{ keyId: 'a:b', key: KEY }] }],
    ['dataEncryption.keys[0].keyId', { keys: [{ key: KEY }] }],
    ['dataEncryption.keys[0].key', { keys: [{ keyId: 'a' }] }],
    ['dataEncryption.keys[0].key', { keys: [{ keyId: 'a', key: KEY.subarray(1) }] }],
    ['dataEncryption.keys[0].key', { keys: [{ keyId: 'a', key: 'x'.repeat(32) }] }],
    [
      'dataEncryption.keys[1].key',
      {
        keys: [
          { keyId: 'a', key: KEY },
          { keyId: 'b', key: KEY.toString('hex') },
        ],
      },
    ],
    [
      'dataEncryption.acceptPlaintext',
      { keys: [{ keyId: 'a', key: KEY }], acceptPlaintext: 'yes' },
    ],
  ])('are refused by the name %s for %j', (option, options) => {
    expect(() => resolveDataKeyRing(options as DataEncryptionOptions)).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option }),
    );
  });

  it('are in no message, however wrong', () => {
    const key = 'too-short-but-secret';

    expect(() => resolveDataKeyRing(withKeys({ keyId: 'a', key }))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(key) }),
    );
  });
});
