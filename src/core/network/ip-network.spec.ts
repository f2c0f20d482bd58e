import { isInNetwork, parseIpNetwork } from './ip-network.js';

const holds = (network: string, address: string): boolean =>
  isInNetwork(address, parseIpNetwork(network)!);

describe('a network of addresses', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.255'],
    ['203.0.113.77/24', '203.0.113.1'],
    ['0.0.0.0/0', '255.255.255.255'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.0/24', '::ffff:192.0.2.9'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['2001:db8::/32', '2001:DB8:ffff::1'],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1'],
    ['::/0', '2001:db8::1'],
  ])('%s holds %s', (network, address) => {
    expect(holds(network, address)).toBe(true);
  });

  it.each([
    ['203.0.113.0/24', '203.0.114.0'],
    ['203.0.113.0/25', '203.0.113.128'],
    ['192.0.2.1', '192.0.2.2'],
    ['0.0.0.0/0', '::1'],
    ['::/0', '192.0.2.1'],
    ['2001:db8::/32', '2001:db9::'],
    ['0.0.0.0/0', 'unknown'],
  ])('%s does not hold %s', (network, address) => {
    expect(holds(network, address)).toBe(false);
  });

  it.each([
    '',
    '/',
    '/24',
    '203.0.113.0/33',
    '203.0.113.0/',
    '1.2.3.4/-1',
    '1.2.3.4/8/8',
    '::/129',
  ])('is not %j', (text) => {
    expect(parseIpNetwork(text)).toBeUndefined();
  });
});
