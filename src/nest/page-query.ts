import { SessionInputInvalidError } from '../core/errors.js';
import { requirePageLimit } from '../core/directory/page-limit.js';
import type { PageRequest } from '../core/session-store.js';

const DEFAULT_LIMIT = 50;
const MAX_CURSOR_LENGTH = 512;

/** @throws SessionInputInvalidError naming `limit` or `cursor` */
export function parsePageQuery(query: {
  readonly limit?: unknown;
  readonly cursor?: unknown;
}): PageRequest {
  const limit = query.limit === undefined ? DEFAULT_LIMIT : parseLimit(query.limit);
  if (query.cursor === undefined) return { limit };
  if (typeof query.cursor !== 'string' || query.cursor.length > MAX_CURSOR_LENGTH)
    throw new SessionInputInvalidError('cursor', 'is not one that this endpoint gave');
  return { limit, cursor: query.cursor };
}

function parseLimit(value: unknown): number {
  const limit = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;
  requirePageLimit(limit);
  return limit;
}
