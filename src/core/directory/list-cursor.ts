import { SessionInputInvalidError } from '../errors.js';
import { parseSessionId } from '../ids.js';
import type { CreationPoint } from '../session-store.js';

const CURSOR_FORMAT = /^(\d{1,16}):(.+)$/;

/** A place in a list by creation, as text that a caller hands back unread. */
export const writeListCursor = ({ createdAt, id }: CreationPoint): string =>
  Buffer.from(`${createdAt}:${id}`).toString('base64url');

/** Each place has one spelling. @throws SessionInputInvalidError for any other text */
export function parseListCursor(cursor: string): CreationPoint {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, createdAt, name = ''] = CURSOR_FORMAT.exec(text) ?? [];
  const id = parseSessionId(name);
  const point = id && { createdAt: Number(createdAt), id };
  if (!point || writeListCursor(point) !== cursor)
    throw new SessionInputInvalidError('cursor', 'is not one that a page ended with');
  return point;
}
