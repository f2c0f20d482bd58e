import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './audit-cursor.js';

const encode = (text: string): string => Buffer.from(text).toString('base64url');

describe('an audit cursor', () => {
  it('comes back as the point it was made of', () => {
    const point = { occurredAt: 1_793_491_200_000, chain: 63, chainSeq: 12 };

    expect(decodeCursor(encodeCursor(point))).toEqual(point);
  });

  it.each([
    '',
    'x',
    encode('1.2'),
    encode('1.2.3.4'),
    encode('01.2.3'),
    encode('1.-2.3'),
    encode('9999999999999999.1.1'),
    encode('1e3.2.3'),
    encode('1.65536.3'),
    encode('1.9999999999.3'),
    `${encode('1.2.3')}=`,
    `${encode('1.2.3')}\n`,
  ])('is refused when it is %j', (text) => {
    expect(() => decodeCursor(text)).toThrow(/Parameter "cursor"/);
  });

  it('is refused by name, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text)).toThrow(/Parameter "cursor"/);
      }),
    );
  });
});
