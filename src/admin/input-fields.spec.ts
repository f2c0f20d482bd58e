import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { SessionInputInvalidError } from '../core/errors.js';
import { instant, ipNetwork, sessionId, tenantId, text, userId } from './input-fields.js';
import { parseInput } from './parse-input.js';

const parse = (field: z.ZodType, value: unknown): unknown =>
  parseInput(z.record(z.string(), field), { field: value })['field'];

describe('an instant', () => {
  it.each<[unknown, number]>([
    [0, 0],
    ['0', 0],
    [1_793_836_800_000, 1_793_836_800_000],
    ['1793836800000', 1_793_836_800_000],
    ['2026-11-05', 1_793_836_800_000],
    ['2026-11-05T00:00:00Z', 1_793_836_800_000],
    ['2026-11-05T01:00:00.250+01:00', 1_793_836_800_250],
    [8_640_000_000_000_000, 8_640_000_000_000_000],
  ])('may be written %j', (value, ms) => {
    expect(parse(instant, value)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    'now',
    '2026',
    '2026-02-30',
    '2026-11-05T00:00:00',
    '2026-11-05T25:00:00Z',
    '0000-01-01',
    '1e3',
    '-1',
    '1793836800',
    1_793_836_800,
    2026,
    '99999999999999999',
    -1,
    1.5,
    Number.NaN,
    8_640_000_000_000_001,
    null,
    true,
    ['2026-11-05', '2026-11-06'],
    {},
  ])('is not %j', (value) => {
    expect(() => parse(instant, value)).toThrow(/^Parameter "field" must be an ISO 8601 date/);
  });
});

describe('an id', () => {
  it.each([
    [userId, 'alice'],
    [userId, '👩‍💻/..'],
    [tenantId, ''],
    [tenantId, 'acme'],
    [sessionId, 'A'.repeat(24)],
    [ipNetwork, '::ffff:127.0.0.1'],
    [ipNetwork, '192.0.2.1'],
    [ipNetwork, '2001:db8::1'],
    [text, ''],
  ])('passes as it is (%#)', (field, value) => {
    expect(parse(field, value)).toBe(value);
  });

  it.each([
    [userId, '', /1 to 255 bytes/],
    [userId, 'ä'.repeat(128), /1 to 255 bytes/],
    [userId, 'a\nb', /control characters/],
    [userId, '\ud800', /well-formed/],
    [userId, ['a'], /given once/],
    [tenantId, 'x'.repeat(256), /1 to 255 bytes/],
    [tenantId, 7, /text/],
    [sessionId, 'A'.repeat(23), /session id/],
    [sessionId, `${'A'.repeat(23)}+`, /session id/],
    [ipNetwork, '192.0.2', /IP address/],
    [ipNetwork, '', /IP address/],
    [ipNetwork, '2001:db8::g', /IP address/],
    [ipNetwork, '::1]/?', /IP address/],
    [ipNetwork, '192.0.2.0/33', /IP address/],
  ])('against its rule is refused (%#)', (field, value, rule) => {
    expect(() => parse(field, value)).toThrow(SessionInputInvalidError);
    expect(() => parse(field, value)).toThrow(rule);
  });
});
