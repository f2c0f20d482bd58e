import fc from 'fast-check';

/** Texts that trip up one program or another: as keys, as log lines, as patterns, as Unicode. */
const TRICKY = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  '{0}',
  '{1}:s:x',
  '}{',
  'a:b',
  ':',
  '::',
  '*',
  '[a-z]?',
  '%00',
  '%E0%A4%A',
  '../../etc/passwd',
  "'; drop table users; --",
  '$(id)',
  '${7*7}',
  '\u0000',
  'line\r\nSet-Cookie: a=b',
  '\n2026-11-22 LOG forged',
  '\u001b[31mred\u001b[0m',
  '\u007f',
  '\u0085',
  '\u009b31m',
  '\u2028',
  '\u202egnp.exe',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '\udc00',
  '\udc00\ud800',
  '🔑',
  'e\u0301',
  'é'.repeat(128),
  'x'.repeat(255),
  'x'.repeat(256),
  '🔑'.repeat(64),
] as const;

const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** Any sequence of UTF-16 units, so lone surrogates too. */
const utf16 = fc.string({ unit: codeUnit, maxLength: 24 });

const long = fc
  .tuple(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 900 }),
  )
  .map(([text, times]) => text.repeat(times));

/** Text as nobody means it. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TRICKY) },
  { weight: 3, arbitrary: utf16 },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 24 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 24 }) },
  { weight: 1, arbitrary: long },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...TRICKY), utf16).map(([left, right]) => left + right),
  },
);

/** Any JSON value, with names that mean something to JavaScript. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    hostileText,
    fc.double(),
    fc.constantFrom(null, true, false, -0, 2 ** 53, 1e308, -1),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(hostileText, tie('value')), { maxLength: 4 }).map(objectOf),
  ),
})).value;

/** `__proto__` becomes a key like any other, as `JSON.parse` makes it. */
export function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

const HEADER_BYTES = [9, ...bytes(0x20, 0x7e), ...bytes(0x80, 0xff)];

/** What HTTP lets a header's value be, a character a byte. */
export const headerText = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: byteOf(HEADER_BYTES), maxLength }).map((text) => text.trim());

/** A character a byte, with a question mark for every byte that HTTP refuses. */
export function toHeaderText(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.from(bytes.map((byte) => (HEADER_BYTES.includes(byte) ? byte : 63))).toString(
    'latin1',
  );
}

/** The rest: what ends a request, or a parser. */
export const forbiddenByte = byteOf([...bytes(0, 8), ...bytes(10, 31), 127]);

function byteOf(codes: readonly number[]): fc.Arbitrary<string> {
  return fc.constantFrom(...codes).map((code) => String.fromCharCode(code));
}

function bytes(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** A text like a good one: cut, lengthened, or with something exchanged. */
export const mutated = (good: fc.Arbitrary<string>, other: fc.Arbitrary<string>) =>
  fc.oneof(
    good,
    fc.tuple(good, fc.nat(200)).map(([text, at]) => text.slice(0, at)),
    fc.tuple(good, other).map(([text, tail]) => text + tail),
    fc.tuple(good, fc.nat(200), other).map(([text, at, piece]) => {
      return text.slice(0, at) + piece + text.slice(at + 1);
    }),
  );
