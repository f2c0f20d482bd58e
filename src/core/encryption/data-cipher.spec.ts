import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { DataCipher } from './data-cipher.js';
import { resolveDataKeyRing, type DataEncryptionOptions, type DataKey } from './data-key-ring.js';
import { newSessionId } from '../ids.js';

const [OLD, NEW] = ['old', 'new'].map((keyId): DataKey => ({ keyId, key: randomBytes(32) })) as [
  DataKey,
  DataKey,
];
const ID = newSessionId(7);

const cipherOf = (
  keys: readonly DataKey[] = [OLD],
  options: Partial<DataEncryptionOptions> = {},
): DataCipher => new DataCipher(resolveDataKeyRing({ keys, ...options }));

const unreadable = (problem: string): Error =>
  expect.objectContaining({ code: 'SESSION_DATA_UNREADABLE', problem }) as unknown as Error;

describe('encrypted session data', () => {
  it('come back as they went in, whatever they are', () => {
    const cipher = cipherOf();

    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme' }),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (data) => {
          const encrypted = cipher.encryptAll(ID, data);

          expect(cipher.decryptAll(ID, encrypted)).toEqual(data);
        },
      ),
    );
  });

  it('show nothing of a value, and of two equal values not that they are', () => {
    const cipher = cipherOf();

    const { a, b } = cipher.encryptAll(ID, { a: '"4111 1111"', b: '"4111 1111"' });

    expect(a).toMatch(/^e1:old:[\w-]+$/);
    expect(Buffer.from(a!.slice('e1:old:'.length), 'base64url').toString('latin1')).not.toContain(
      '4111',
    );
    expect(a!.slice(0, 7 + 16)).not.toBe(b!.slice(0, 7 + 16));
  });

  it('never have the same nonce twice', () => {
    const cipher = cipherOf();

    const nonces = Array.from({ length: 2_000 }, () =>
      cipher.encryptAll(ID, { a: '1' })['a']!.slice(7, 7 + 16),
    );

    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('are read with any key of the ring, and written with the first', () => {
    const before = cipherOf([OLD]).encryptAll(ID, { a: '1' });
    const rotated = cipherOf([NEW, OLD]);

    expect(rotated.decryptAll(ID, before)).toEqual({ a: '1' });
    expect(rotated.encryptAll(ID, { a: '1' })['a']).toMatch(/^e1:new:/);
  });

  it('are unreadable without their key', () => {
    const data = cipherOf([OLD]).encryptAll(ID, { a: '1' });

    expect(() => cipherOf([NEW]).decryptAll(ID, data)).toThrow(unreadable('unknown-key'));
  });

  it('are unreadable with another key of the same name', () => {
    const data = cipherOf([OLD]).encryptAll(ID, { a: '1' });
    const impostor = cipherOf([{ keyId: 'old', key: randomBytes(32) }]);

    expect(() => impostor.decryptAll(ID, data)).toThrow(unreadable('not-authentic'));
  });

  it('mean nothing in another session', () => {
    const cipher = cipherOf();
    const data = cipher.encryptAll(newSessionId(7), { a: '1' });

    expect(() => cipher.decryptAll(ID, data)).toThrow(unreadable('not-authentic'));
  });

  it('mean nothing under another name', () => {
    const cipher = cipherOf();
    const { role } = cipher.encryptAll(ID, { role: '"user"', wish: '"admin"' });

    expect(() => cipher.decryptAll(ID, { wish: role! })).toThrow(unreadable('not-authentic'));
  });

  it('mean nothing under another name of a key', () => {
    const twins = cipherOf([OLD, { ...OLD, keyId: 'twin' }]);
    const { a } = twins.encryptAll(ID, { a: '1' });

    expect(() => twins.decryptAll(ID, { a: a!.replace(':old:', ':twin:') })).toThrow(
      unreadable('not-authentic'),
    );
  });

  it('are unreadable with any one byte changed, or the end cut off', () => {
    const cipher = cipherOf();
    const { a } = cipher.encryptAll(ID, { a: '{"b":1}' });
    const bytes = Buffer.from(a!.slice('e1:old:'.length), 'base64url');
    const changed = [...bytes.keys()].flatMap((at) => {
      const other = Buffer.from(bytes);
      other[at]! ^= 1;
      return [other, bytes.subarray(0, at)];
    });

    for (const wrong of changed)
      expect(() => cipher.decryptAll(ID, { a: `e1:old:${wrong.toString('base64url')}` })).toThrow(
        expect.objectContaining({ code: 'SESSION_DATA_UNREADABLE' }),
      );
  });

  it('are not shown in part where one value is unreadable', () => {
    const cipher = cipherOf();
    const data = { ...cipher.encryptAll(ID, { a: '1' }), b: 'e1:old:AAAA' };

    expect(() => cipher.decryptAll(ID, data)).toThrow(unreadable('not-authentic'));
  });

  it.each(['1', '"e1:old:AAAA"', '{}', ''])('do not pass for encrypted as %j', (text) => {
    expect(() => cipherOf().decryptAll(ID, { a: text })).toThrow(unreadable('not-encrypted'));
  });

  it.each(['1', '"e1:old:AAAA"', '{}'])('are read as %j where plaintext is accepted', (text) => {
    const cipher = cipherOf([OLD], { acceptPlaintext: true });

    expect(cipher.decryptAll(ID, { a: text })).toEqual({ a: text });
  });

  it.each(['e1:', 'e1:old', 'e1:old:', 'e1:old:!', 'e1:other:AAAA', 'e1'])(
    'are not taken for plaintext as %j, however plaintext is accepted',
    (stored) => {
      const cipher = cipherOf([OLD], { acceptPlaintext: true });

      expect(() => cipher.decryptAll(ID, { a: stored })).toThrow(
        expect.objectContaining({ code: 'SESSION_DATA_UNREADABLE' }),
      );
    },
  );

  it('tell neither a value nor its name when they are unreadable', () => {
    const data = { secretName: '"secret value"' };

    expect(() => cipherOf().decryptAll(ID, data)).toThrow(
      expect.objectContaining({
        message: 'The session cannot be read',
        cause: expect.objectContaining({ message: expect.not.stringMatching(/secret/) }),
      }),
    );
  });
});
