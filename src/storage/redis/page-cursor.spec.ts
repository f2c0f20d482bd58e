import { SessionInputInvalidError } from '../../core/errors.js';
import { newSessionId } from '../../core/ids.js';
import { readCursor, writeCursor } from './page-cursor.js';

describe('page cursor', () => {
  it('reads what it wrote', () => {
    const point = { createdAt: 1_795_000_000_000, id: newSessionId(7) };

    expect(readCursor(writeCursor(point))).toEqual(point);
  });

  it.each([
    '',
    'x',
    '%%%',
    Buffer.from('1:short').toString('base64url'),
    Buffer.from(`-1:${newSessionId(0)}`).toString('base64url'),
    Buffer.from(`1e3:${newSessionId(0)}`).toString('base64url'),
    Buffer.from(`01:${newSessionId(0)}`).toString('base64url'),
    `${writeCursor({ createdAt: 1, id: newSessionId(0) })} `,
    `${writeCursor({ createdAt: 1, id: newSessionId(0) })}=`,
  ])('refuses %j', (cursor) => {
    expect(() => readCursor(cursor)).toThrow(SessionInputInvalidError);
  });
});
