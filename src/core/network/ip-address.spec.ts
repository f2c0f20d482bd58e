import { isIP } from 'node:net';
import fc from 'fast-check';
import { parseIpAddress, withoutPort } from './ip-address.js';

describe('an IP address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
  ])('spelled %s is of version 4', (text, spelled) => {
    expect(parseIpAddress(text)).toEqual({ version: 4, text: spelled });
  });

  it.each([
    ['2001:DB8::0001', '2001:db8:0:0:0:0:0:1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0:0:0:c000:201'],
  ])('spelled %s is of version 6', (text, groups) => {
    expect(parseIpAddress(text)).toEqual({ version: 6, groups: groups.split(':') });
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4.',
    '01.2.3.4',
    '0x7f.0.0.1',
    ' 1.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '[::1]',
    '::1]@evil',
    '::1\n',
    'unknown',
    '192.0.2.1, 192.0.2.2',
    '192.0.2.1:80',
    '{0}:x',
  ])('is not %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  it('is what Node takes for one', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.stringMatching(/^[\d.:a-f]{1,20}$/),
    );

    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseIpAddress(candidate) !== undefined).toBe(isIP(candidate) !== 0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an address without its port', () => {
  it.each([
    ['192.0.2.1:50123', '192.0.2.1'],
    ['[2001:db8::1]:50123', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[::1]:80', '::1'],
  ])('of %s is %s', (text, address) => {
    expect(withoutPort(text)).toBe(address);
  });

  it.each([
    '192.0.2.1',
    '2001:db8::1',
    '::ffff:192.0.2.1',
    '',
    '1.2.3:80',
    '[x]:80',
    '::1:',
    'a:1',
  ])('is %j itself where it has none, or is no address', (text) => {
    expect(withoutPort(text)).toBe(text);
  });
});
