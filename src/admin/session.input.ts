import { z } from 'zod';
import type { SessionFilter } from '../core/session-search.js';
import { narrowToScope, type AdminScope } from './admin-scope.js';
import { instant, ipAddress, pageFields, tenantId, text, userId } from './input-fields.js';

const FILTER = {
  userId: userId.optional(),
  tenantId: tenantId.optional(),
  ip: ipAddress.optional(),
  createdFrom: instant.optional(),
  createdBefore: instant.optional(),
  lastSeenFrom: instant.optional(),
  lastSeenBefore: instant.optional(),
};

const filter = z.strictObject(FILTER, 'must be an object');
type FilterInput = z.output<typeof filter>;

/** Of `GET sessions`. */
export const sessionsQuery = z.strictObject({ ...FILTER, ...pageFields });

/** Of `DELETE sessions/:id`. */
export const endInput = z.strictObject({ reason: text.optional() });

/** Of `POST sessions/revoke`. Everybody's sessions at once are not ended by forgetting to say whose. */
export const revokeBody = z.strictObject({
  filter: filter.refine(
    (given) => Object.keys(given).length > 0,
    'must have at least one condition',
  ),
  reason: text.optional(),
  dryRun: z.boolean('must be true or false').default(false),
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
