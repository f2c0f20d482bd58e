import fc from 'fast-check';
import type { AuditContext, JsonObject, JsonValue } from './audit-event.js';
import { cleanContext, cleanDevice, cleanMethods, cleanText } from './audit-text.js';

const detailsOf = (details: JsonObject): JsonObject =>
  cleanContext({ initiator: 'user', details }).details!;

const nested = (depth: number): JsonValue => (depth === 0 ? 'end' : { in: nested(depth - 1) });

describe('a text for the audit', () => {
  it.each([
    ['an ordinary text', 'Ægir 🚪 — ok', 'Ægir 🚪 — ok'],
    ['nothing', '', ''],
    ['a NUL', 'a\0b', 'a\uFFFDb'],
    ['line breaks', 'a\r\nb', 'a\uFFFD\uFFFDb'],
    ['an escape sequence', '\u001B[2J', '\uFFFD[2J'],
    ['DEL and C1 controls', '\u007F\u0085', '\uFFFD\uFFFD'],
    ['a lone high surrogate', 'a\uD83Db', 'a\uFFFDb'],
    ['a lone low surrogate', '\uDEAA', '\uFFFD'],
  ])('with %s', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  it('has at most 255 characters', () => {
    expect(cleanText('a'.repeat(255))).toBe('a'.repeat(255));
    expect(cleanText('a'.repeat(256))).toBe('a'.repeat(255));
  });

  it('is not left with half a character where it was cut', () => {
    expect(cleanText('ab🚪', 3)).toBe('ab\uFFFD');
  });

  it('is always well-formed, without control characters and no longer than allowed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
        const clean = cleanText(text, max);

        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toMatch(/\p{Cc}/u);
        expect(clean.length).toBeLessThanOrEqual(max);
      }),
    );
  });
});

describe('the context of an audit event', () => {
  it('is clean in every text', () => {
    const context: AuditContext = {
      initiator: 'admin',
      actorId: 'a\0',
      requestId: 'r\n',
      ip: `${'1'.repeat(300)}`,
      userAgent: 'u'.repeat(600),
      methods: ['p\0'],
      details: { 'k\0': 'v\0' },
    };

    expect(cleanContext(context)).toEqual({
      initiator: 'admin',
      actorId: 'a\uFFFD',
      requestId: 'r\uFFFD',
      ip: '1'.repeat(255),
      userAgent: 'u'.repeat(512),
      methods: ['p\uFFFD'],
      details: { 'k\uFFFD': 'v\uFFFD' },
    });
  });

  it('has no key for what is absent, and none that it does not know', () => {
    const context = { initiator: 'system', ip: undefined, token: 'secret' } as const;

    expect(Object.keys(cleanContext(context))).toEqual(['initiator']);
  });

  it('has at most 32 methods', () => {
    expect(cleanMethods(Array.from({ length: 33 }, () => 'pwd'))).toHaveLength(32);
  });
});

describe('the details of an audit event', () => {
  it('keep what JSON can hold', () => {
    const details = { text: 'a', count: 1, on: true, none: null, list: [1, 'b'], map: { c: 2 } };

    expect(detailsOf(details)).toEqual(details);
  });

  it.each([NaN, Infinity, -Infinity])('have null for %d', (number) => {
    expect(detailsOf({ number })).toEqual({ number: null });
  });

  it('have texts of at most 1,024 characters and keys of at most 255', () => {
    const details = detailsOf({ ['k'.repeat(300)]: 'v'.repeat(2_000) });

    expect(details).toEqual({ ['k'.repeat(255)]: 'v'.repeat(1_024) });
  });

  it('have at most 32 entries in each object and list', () => {
    const wide = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, index]));

    expect(Object.keys(detailsOf(wide))).toHaveLength(32);
    expect(detailsOf({ list: Object.values(wide) })['list']).toHaveLength(32);
  });

  it('end four levels down', () => {
    expect(detailsOf({ in: nested(3) })).toEqual({ in: nested(3) });
    expect(detailsOf({ in: nested(4) })).toEqual({ in: { in: { in: { in: '…' } } } });
    expect(detailsOf({ in: nested(5_000) })).toEqual({ in: { in: { in: { in: '…' } } } });
  });

  it('have __proto__ as a key like any other', () => {
    const details = JSON.parse('{"__proto__":{"admin":true}}') as JsonObject;

    const clean = detailsOf(details);

    expect(Object.entries(clean)).toEqual([['__proto__', { admin: true }]]);
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
  });
});

describe('a device', () => {
  it('is clean in every text and keeps nothing else', () => {
    const device = { ip: '1\0', userAgent: 'u'.repeat(600), label: 'l\n', screen: 'wide' };

    expect(cleanDevice(device)).toEqual({
      ip: '1\uFFFD',
      userAgent: 'u'.repeat(512),
      label: 'l\uFFFD',
    });
  });

  it('may be unknown', () => {
    expect(cleanDevice({})).toEqual({});
  });
});
