import { newSessionId } from '../ids.js';
import { parseListCursor, writeListCursor } from './list-cursor.js';

const NOW = 1_795_000_000_000;

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

describe('the cursor of a list', () => {
  it.each([0, NOW, Number.MAX_SAFE_INTEGER])('names a place at the instant %d', (createdAt) => {
    const point = { createdAt, id: newSessionId(7) };

    expect(parseListCursor(writeListCursor(point))).toEqual(point);
  });

  it('can stand in a URL as it is', () => {
    const cursor = writeListCursor({ createdAt: NOW, id: newSessionId(65_535) });

    expect(encodeURIComponent(cursor)).toBe(cursor);
  });

  it.each([
    ['nothing', ''],
    ['another alphabet', '%%%'],
    ['no place', encoded('not a cursor')],
    ['no id', encoded(`${NOW}:`)],
    ['a short id', encoded(`${NOW}:short`)],
    ['no instant', encoded(`:${newSessionId(0)}`)],
    ['an instant that is no number', encoded(`soon:${newSessionId(0)}`)],
    ['an endless instant', encoded(`Infinity:${newSessionId(0)}`)],
    ['an instant before 1970', encoded(`-1:${newSessionId(0)}`)],
    ['an instant with an exponent', encoded(`1e3:${newSessionId(0)}`)],
    ['an instant in hexadecimal', encoded(`0x10:${newSessionId(0)}`)],
    ['an instant with a zero before it', encoded(`01:${newSessionId(0)}`)],
    ['a fraction', encoded(`1.5:${newSessionId(0)}`)],
    ['an instant too large to be exact', encoded(`9007199254740993:${newSessionId(0)}`)],
    ['another separator', encoded(`1.${newSessionId(0)}`)],
    ['a third part', encoded(`1:${newSessionId(0)}:more`)],
    ['a space behind', `${encoded(`1:${newSessionId(0)}`)} `],
    ['padding', `${encoded(`1:${newSessionId(0)}`)}=`],
    ['foreign characters behind', `${encoded(`1:${newSessionId(0)}`)}!!`],
    ['any length', 'A'.repeat(10_000)],
  ])('is refused with %s: %j', (_, cursor) => {
    expect(() => parseListCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'SESSION_INPUT_INVALID', parameter: 'cursor' }),
    );
  });
});
