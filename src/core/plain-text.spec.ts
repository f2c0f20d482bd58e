import fc from 'fast-check';
import { isPlainText, toPlainText } from './plain-text.js';

describe('plain text', () => {
  it.each(['', 'alice', 'Ünïcode 🔑', ' spaced ', '\u00A0', '\u2028'])('may be %j', (text) => {
    expect(isPlainText(text)).toBe(true);
    expect(toPlainText(text)).toBe(text);
  });

  it.each([
    ['NUL', 'a\0b', 'a\uFFFDb'],
    ['line breaks', 'a\r\nb', 'a\uFFFD\uFFFDb'],
    ['DEL and C1', '\u007F\u0085', '\uFFFD\uFFFD'],
    ['a lone surrogate', 'a\uD800', 'a\uFFFD'],
  ])('has no %s', (_, text, plain) => {
    expect(isPlainText(text)).toBe(false);
    expect(toPlainText(text)).toBe(plain);
  });

  it('is judged alike each time', () => {
    expect([isPlainText('\0'), isPlainText('\0'), isPlainText('a')]).toEqual([false, false, true]);
  });

  it('can be made of any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => isPlainText(toPlainText(text))));
  });
});
