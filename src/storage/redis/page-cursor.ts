import { SessionInputInvalidError } from '../../core/errors.js';
import { parseSessionId } from '../../core/ids.js';
import type { CreationPoint } from '../../core/session-store.js';

const CURSOR_FORMAT = /^(\d{1,16}):(.+)$/;

/** Opaque to callers; names the last item of a page. */
export const writeCursor = ({ createdAt, id }: CreationPoint): string =>
  Buffer.from(`${createdAt}:${id}`).toString('base64url');

/** @throws SessionInputInvalidError */
export function readCursor(cursor: string): CreationPoint {
  const [, createdAt, name] = CURSOR_FORMAT.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const id = name === undefined ? undefined : parseSessionId(name);
  const point = id && { createdAt: Number(createdAt), id };
  // One spelling only: base64url decoding skips what it does not know.
  if (point === undefined || writeCursor(point) !== cursor)
    throw new SessionInputInvalidError('cursor', 'is not one that a page ended with');
  return point;
}

/** Where a listing script starts: after the point, or at the first entry. */
export const startingAt = (
  point: CreationPoint | undefined,
): { readonly fromCreatedAt: number | ''; readonly fromId: string } => ({
  fromCreatedAt: point?.createdAt ?? '',
  fromId: point?.id ?? '',
});
