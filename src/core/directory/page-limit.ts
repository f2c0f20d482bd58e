import { SessionInputInvalidError } from '../errors.js';

const MAX_PAGE_LIMIT = 200;

/** The most that one page may be asked for has one answer, wherever it is asked. @throws SessionInputInvalidError */
export function requirePageLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE_LIMIT)
    throw new SessionInputInvalidError(
      'limit',
      `must be a whole number from 1 to ${MAX_PAGE_LIMIT}`,
    );
}
