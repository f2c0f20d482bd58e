import type { Request } from 'express';
import { contextOf, deviceLabel } from './request-context.js';

describe('the label of a device', () => {
  it.each([
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0'],
    [
      'Safari on iOS',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 ' +
        '(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    ],
    ['Unknown device', ''],
    ['Unknown device', 'curl/8.5.0'],
    ['Unknown device', '\u0000'.repeat(512)],
  ])('is %s', (label, userAgent) => {
    expect(deviceLabel(userAgent)).toBe(label);
  });
});

describe('what the audit is told of a request', () => {
  it.each([
    ['192.0.2.1:5678', '192.0.2.1'],
    ['[::1]:80', '::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ])('is of the address %s what is no port', (ip, address) => {
    expect(contextOf({ ip, headers: {} } as unknown as Request)).toEqual({ ip: address });
  });

  it('is no longer than it need be, whatever a proxy passes on as the address', () => {
    const long = 'x'.repeat(8_000);
    const headers = { 'user-agent': long, 'x-request-id': long };

    const context = contextOf({ ip: long, headers } as unknown as Request);

    expect(context).toEqual({
      ip: 'x'.repeat(64),
      userAgent: 'x'.repeat(512),
      requestId: 'x'.repeat(128),
    });
  });
});
