import { createHash } from 'node:crypto';
import { SessionIdentityInvalidError } from './errors.js';
import { isPlainText } from './plain-text.js';

/** Whose a session is. Two tenants may each have a user of the same id; they share nothing. */
export interface User {
  /** Empty where an application has no tenants. */
  readonly tenantId: string;
  readonly userId: string;
}

const MAX_BYTES = 255;

/** Refuses what could not travel unchanged through keys, rows and logs. @throws SessionIdentityInvalidError */
export function parseUser(input: { tenantId?: string; userId: string }): User {
  const tenantId = input.tenantId ?? '';
  if (tenantId !== '') requireIdentifier('tenantId', tenantId);
  requireIdentifier('userId', input.userId);
  return { tenantId, userId: input.userId };
}

export const sameUser = (left: User | undefined, right: User | undefined): boolean =>
  left?.userId === right?.userId && left?.tenantId === right?.tenantId;

/**
 * One text a user, unambiguous without escaping: the tenant's length in bytes says where it ends,
 * so `{a, b:c}` and `{a:b, c}` differ.
 */
export const userKey = ({ tenantId, userId }: User): string =>
  `${Buffer.byteLength(tenantId)}:${tenantId}:${userId}`;

/** The user picks the shard, not the session: one script must reach a user's sessions and their index. */
export const shardOfUser = (user: User, shards: number): number =>
  createHash('sha256').update(userKey(user)).digest().readUInt32BE(0) % shards;

function requireIdentifier(field: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new SessionIdentityInvalidError(field, 'must be a string');
  if (!isPlainText(value))
    throw new SessionIdentityInvalidError(
      field,
      'must be well-formed Unicode without control characters',
    );
  const bytes = Buffer.byteLength(value);
  if (bytes < 1 || bytes > MAX_BYTES)
    throw new SessionIdentityInvalidError(field, `must have 1 to ${MAX_BYTES} bytes of UTF-8`);
}
