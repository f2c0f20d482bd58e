import fc from 'fast-check';
import { packPhrases, unpackPhrases } from './packed-phrases.js';

const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
];

describe('packed phrases', () => {
  it.each(USER_AGENTS)('keep %s in 20 bytes', (userAgent) => {
    const packed = packPhrases(userAgent);

    expect(Buffer.byteLength(packed)).toBeLessThanOrEqual(20);
    expect(unpackPhrases(packed)).toBe(userAgent);
  });

  it('keep the label of a device in a few', () => {
    expect(packPhrases('Chrome on Windows')).toHaveLength(2);
  });

  it.each([
    'Chrome on Windows\u0001',
    '\u0000',
    '\u0000Chrome on Windows',
    '\u001f',
    '',
    'curl/8.5.0',
    'X11; Linux x86_6',
  ])('bring %j back as it was', (text) => {
    expect(unpackPhrases(packPhrases(text))).toBe(text);
  });

  it('bring any text back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unpackPhrases(packPhrases(text))).toBe(text);
      }),
    );
  });

  it('read what was written before', () => {
    expect(unpackPhrases('\u0001\u0002\u000b142\u000e')).toBe(USER_AGENTS[0]);
    expect(unpackPhrases('\u0016\u001a / \u0018\u001c / \u001e')).toBe(
      'Chrome on Windows / Firefox on Linux / iOS',
    );
  });
});
