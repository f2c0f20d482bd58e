import { SessionInputInvalidError } from '../core/errors.js';
import { isPlainText } from '../core/plain-text.js';
import type { AuditFilter } from './audit-query.js';

const MAX_TEXT = 255;
const TEXTS = ['tenantId', 'userId', 'sessionId', 'initiator', 'outcome'] as const;
const INSTANTS = ['from', 'to'] as const;

/** Refuses what no row could match and a database might choke on. @throws SessionInputInvalidError */
export function checkAuditFilter(filter: AuditFilter): void {
  for (const name of TEXTS) if (filter[name] !== undefined) requireText(name, filter[name]);
  for (const type of typesOf(filter) ?? []) requireText('type', type);
  for (const name of INSTANTS)
    if (filter[name] !== undefined && !Number.isSafeInteger(filter[name]))
      throw new SessionInputInvalidError(name, 'must be whole milliseconds');
}

/** Undefined: of any type. */
export const typesOf = ({ type }: AuditFilter): readonly string[] | undefined =>
  typeof type === 'string' ? [type] : type;

export function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value.length > MAX_TEXT || !isPlainText(value))
    throw new SessionInputInvalidError(
      name,
      `must be well-formed text without control characters, at most ${MAX_TEXT} long`,
    );
}
