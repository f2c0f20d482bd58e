import { z } from 'zod';
import type { SessionFilter } from '../core/directory/session-filter.js';
import { DEFAULT_MAX_REVOKED, MAX_REVOKED } from '../core/directory/session-revocation.js';
import { narrowToScope, type AdminScope } from './admin-scope.js';
import {
  instant,
  ipNetwork,
  name,
  pageFields,
  sessionId,
  tenantId,
  text,
  userId,
} from './input-fields.js';

const FILTER = {
  userId: userId.optional(),
  tenantId: tenantId.optional(),
  ip: ipNetwork.optional(),
  browser: name.optional(),
  system: name.optional(),
  method: name.optional(),
  createdFrom: instant.optional(),
  createdBefore: instant.optional(),
  lastSeenFrom: instant.optional(),
  lastSeenBefore: instant.optional(),
  authenticatedFrom: instant.optional(),
  authenticatedBefore: instant.optional(),
};

const filter = z.strictObject(FILTER, 'must be an object');
type FilterInput = z.output<typeof filter>;

/** Of `GET sessions`. */
export const sessionsQuery = z.strictObject({ ...FILTER, ...pageFields });

/** Of `DELETE sessions/:id`. */
export const endInput = z.strictObject({ reason: text.optional() });

const MAX_RULE = `must be a whole number from 1 to ${MAX_REVOKED}`;

/** What whoever ends everything has to type. */
export const EVERYTHING = 'end every session';

/** Of `POST sessions/revoke-everything`. */
export const everythingBody = z.strictObject({
  confirmation: z.literal(EVERYTHING, `must be "${EVERYTHING}"`),
  reason: text.optional(),
});

/** Of `POST sessions/revoke`. Everybody's sessions at once are not ended by forgetting to say whose. */
export const revokeBody = z.strictObject({
  filter: filter.refine(
    (given) => Object.keys(given).length > 0,
    'must have at least one condition',
  ),
  reason: text.optional(),
  dryRun: z.boolean('must be true or false').default(false),
  before: instant.optional(),
  except: z
    .array(sessionId, 'must be a list of session ids')
    .max(1_000, 'may have 1000 ids')
    .default([]),
  max: z.int(MAX_RULE).min(1, MAX_RULE).max(MAX_REVOKED, MAX_RULE).default(DEFAULT_MAX_REVOKED),
});

/** Undefined if nothing of the scope could match. A user of no named tenant is the scope's, or the empty one's. */
export function sessionFilterIn(
  { userId: named, ...conditions }: FilterInput,
  scope: AdminScope,
): SessionFilter | undefined {
  const narrowed = narrowToScope(conditions, scope);
  if (!narrowed || named === undefined) return narrowed;
  return { ...narrowed, user: { tenantId: narrowed.tenantId ?? '', userId: named } };
}
