import { SessionInputInvalidError } from '../../core/errors.js';
import { parseSessionId } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { Scored } from './scored-set.js';

const CURSOR_FORMAT = /^(\d{1,16}):(.+)$/;

/** A place in a user's list, as text that a caller hands back unread. */
export const cursorOf = ({ createdAt, id }: Pick<SessionRecord, 'createdAt' | 'id'>): string =>
  Buffer.from(`${createdAt}:${id}`).toString('base64url');

/** @throws SessionInputInvalidError */
export function parseCursor(cursor: string): Scored {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, createdAt, member = ''] = CURSOR_FORMAT.exec(text) ?? [];
  const id = parseSessionId(member);
  if (id === undefined)
    throw new SessionInputInvalidError('cursor', 'must come from a previous page');
  return { score: Number(createdAt), member: id };
}
