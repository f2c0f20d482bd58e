import { shortenAddress } from './audit-address.js';

describe('a shortened address', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2001:DB8:0001::6', '2001:db8:1::'],
    ['2001:db8::1', '2001:db8::'],
    ['::1', '::'],
    ['::', '::'],
    ['1::', '1::'],
    ['fe80::1%eth0', 'fe80::'],
    ['::ffff:203.0.113.77', '203.0.113.0'],
    ['::ffff:cb00:714d', '203.0.113.0'],
    ['64:ff9b::203.0.113.77', '64:ff9b::'],
    ['0:0:1:2:3:4:5:6', '0:0:1::'],
  ])('of %s is %s', (address, network) => {
    expect(shortenAddress(address)).toBe(network);
  });

  it.each(['', 'unknown', '203.0.113', '203.0.113.77:80', '[::1]', '::ffff:999.0.0.1', '\u0000'])(
    'of %j is none',
    (text) => {
      expect(shortenAddress(text)).toBeUndefined();
    },
  );
});
