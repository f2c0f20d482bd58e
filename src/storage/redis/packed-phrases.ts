/**
 * What user agents and device labels are mostly made of, each kept as one control character: the
 * user agent of a browser is a hundred bytes of ceremony around a version. Frozen: a record is read
 * by this list however old it is, so phrases may be added at the end and none may ever change.
 */
const PHRASES = [
  'Mozilla/5.0 (',
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'Macintosh; Intel Mac OS X 10.15',
  'X11; Linux x86_64',
  'Linux; Android 10; K',
  'Linux; Android ',
  'iPhone; CPU iPhone OS ',
  'iPad; CPU OS ',
  ' like Mac OS X',
  ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/',
  ') AppleWebKit/605.1.15 (KHTML, like Gecko) Version/',
  ') AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/',
  '.0.0.0 Safari/537.36',
  '.0.0.0 Mobile Safari/537.36',
  ' Safari/605.1.15',
  ' Mobile/15E148 Safari/604.1',
  ' Edg/',
  ' OPR/',
  '; rv:',
  '.0) Gecko/20100101 Firefox/',
  'Chrome on ',
  'Safari on ',
  'Firefox on ',
  'Microsoft Edge on ',
  'Windows',
  'macOS',
  'Linux',
  'Android',
  'iOS',
] as const;

/** Before a text that has control characters of its own, and is kept as it is. */
const VERBATIM = '\u0000';
const CONTROL = /\p{Cc}/u;
const CONTROLS = /\p{Cc}/gu;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** At each place the longest phrase, for one may begin another. */
const ANY_PHRASE = new RegExp(
  [...PHRASES]
    .sort((left, right) => right.length - left.length)
    .map(escaped)
    .join('|'),
  'g',
);
const characterOf: ReadonlyMap<string, string> = new Map(
  PHRASES.map((phrase, index) => [phrase, String.fromCharCode(index + 1)]),
);

export function packPhrases(text: string): string {
  if (CONTROL.test(text)) return VERBATIM + text;
  return text.replace(ANY_PHRASE, (phrase) => characterOf.get(phrase)!);
}

export function unpackPhrases(packed: string): string {
  if (packed.startsWith(VERBATIM)) return packed.slice(VERBATIM.length);
  return packed.replace(CONTROLS, (character) => PHRASES[character.charCodeAt(0) - 1] ?? character);
}
