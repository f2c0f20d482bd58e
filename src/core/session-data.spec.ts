import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  applyChanges,
  bytesTooLarge,
  decodeData,
  diffData,
  encodeData,
  hasChanges,
} from './session-data.js';

const AWKWARD_KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', '0', '', 'a'];
const key = fc.oneof(fc.constantFrom(...AWKWARD_KEYS), fc.string());
const data = fc
  .array(fc.tuple(key, fc.constantFrom('1', '2', '"x"', 'null', '{"__proto__":1}')))
  .map((entries) => Object.fromEntries(entries));

describe('session data', () => {
  it('is one JSON text for each top-level key', () => {
    const values = { count: 1, cart: { items: [1, 'two'] }, name: 'Ægir\0', none: null };

    expect(encodeData(values)).toEqual({
      count: '1',
      cart: '{"items":[1,"two"]}',
      name: '"Ægir\\u0000"',
      none: 'null',
    });
  });

  it('leaves out what JSON leaves out', () => {
    const values = { gone: undefined, call: () => 1, mark: Symbol('mark'), kept: 0 };

    expect(encodeData(values)).toEqual({ kept: '0' });
  });

  it('holds what a value says it is in JSON', () => {
    expect(encodeData({ at: new Date(0) })).toEqual({ at: '"1970-01-01T00:00:00.000Z"' });
  });

  it('refuses what JSON can be read as and not be written from: nesting without end', () => {
    const nested = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;

    expect(() => encodeData({ nested })).toThrow(
      expect.objectContaining({ code: 'SESSION_INPUT_INVALID', parameter: 'req.session' }),
    );
  });

  it.each(AWKWARD_KEYS)('has %j as a key like any other', (name) => {
    const values = JSON.parse(`{${JSON.stringify(name)}:{"a":1}}`) as object;

    const encoded = encodeData(values);
    const decoded = decodeData(encoded);

    expect(Object.entries(encoded)).toEqual([[name, '{"a":1}']]);
    expect(Object.entries(decoded)).toEqual([[name, { a: 1 }]]);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });

  it('comes back as it went in', () => {
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), (values) => {
        const texts = encodeData(values);

        expect(encodeData(decodeData(texts))).toEqual(texts);
      }),
    );
  });
});

describe('changes of session data', () => {
  it('are the keys that differ and those that are gone', () => {
    const before = { same: '1', other: '1', gone: '1' };
    const after = { same: '1', other: '2', new: '1' };

    expect(diffData(before, after)).toEqual({ set: { other: '2', new: '1' }, remove: ['gone'] });
  });

  it.each(AWKWARD_KEYS)('see the key %j come, change and go', (name) => {
    const none = {};
    const one = Object.fromEntries([[name, '1']]);
    const two = Object.fromEntries([[name, '2']]);

    expect(diffData(none, one)).toEqual({ set: one, remove: [] });
    expect(diffData(one, two)).toEqual({ set: two, remove: [] });
    expect(diffData(one, none)).toEqual({ set: {}, remove: [name] });
    expect(diffData(one, { ...one })).toEqual({ set: {}, remove: [] });
  });

  it('applied to where they began lead to where they ended', () => {
    fc.assert(
      fc.property(data, data, (before, after) => {
        const applied = applyChanges(before, diffData(before, after));

        expect(new Map(Object.entries(applied))).toEqual(new Map(Object.entries(after)));
      }),
    );
  });

  it('are none exactly if nothing differs', () => {
    fc.assert(
      fc.property(data, data, (before, after) => {
        const same = isDeepStrictEqual(before, after);

        expect(hasChanges(diffData(before, after))).toBe(!same);
      }),
    );
  });

  it('leave other keys to others', () => {
    const applied = applyChanges({ mine: '1', theirs: '1' }, { set: { mine: '2' }, remove: [] });

    expect(applied).toEqual({ mine: '2', theirs: '1' });
  });

  it('do not reach the data they are applied to', () => {
    const before = Object.freeze({ a: '1' });

    applyChanges(before, { set: { a: '2' }, remove: [] });

    expect(before).toEqual({ a: '1' });
  });
});

describe('session data', () => {
  const ofBytes = (bytes: number): Record<string, string> => ({ k: '1'.repeat(bytes - 1) });

  it.each([
    ['at the bound', {}, ofBytes(1_024)],
    ['beyond the bound already, once they shrink', ofBytes(3_000), ofBytes(2_000)],
    ['beyond the bound already, as long as they do not grow', ofBytes(2_000), ofBytes(2_000)],
  ])('%s are not too large', (_, before, after) => {
    expect(bytesTooLarge(before, after, 1_024)).toBeUndefined();
  });

  it.each([
    ['that grow over the bound', {}, ofBytes(1_025), 1_025],
    ['that are beyond it and grow', ofBytes(2_000), ofBytes(2_001), 2_001],
    ['whose names alone are too long', {}, { ['k'.repeat(1_025)]: '' }, 1_025],
    ['that are longer in UTF-8 than in characters', {}, { k: '€'.repeat(342) }, 1_027],
  ])('%s are too large', (_, before, after, bytes) => {
    expect(bytesTooLarge(before, after, 1_024)).toBe(bytes);
  });
});
