import fc from 'fast-check';
import type { JsonValue } from '../core/audit/audit-event.js';
import { canonicalJson } from './canonical-json.js';

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, shuffled(item)]));
};

describe('canonical JSON', () => {
  it.each<[JsonValue, string]>([
    [null, 'null'],
    ['', '""'],
    [-0, '0'],
    [1e21, '1e+21'],
    ['é\n"🤖', '"é\\n\\"🤖"'],
    ['\ud83d', '"\ufffd"'],
    [{ b: 1, a: [true, { d: null, c: {} }], B: '' }, '{"B":"","a":[true,{"c":{},"d":null}],"b":1}'],
    [{ 10: 'x', 9: 'y' }, '{"10":"x","9":"y"}'],
  ])('writes %j as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value) as JsonValue)).toBe(canonicalJson(value as JsonValue));
      }),
    );
  });

  it('is the same after a trip through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const readBack = JSON.parse(JSON.stringify(value)) as JsonValue;

        expect(canonicalJson(readBack)).toBe(canonicalJson(value as JsonValue));
      }),
    );
  });
});
