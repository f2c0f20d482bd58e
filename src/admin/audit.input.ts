import { z } from 'zod';
import { AUDIT_EVENT_TYPES } from '../core/audit-event.js';
import { instant, pageFields, sessionId, tenantId, userId } from './input-fields.js';

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

const eventType = oneOf(AUDIT_EVENT_TYPES);

/** Of `GET audit`. */
export const auditQuery = z.strictObject({
  tenantId: tenantId.optional(),
  userId: userId.optional(),
  sessionId: sessionId.optional(),
  /** Several are given by repeating it. */
  type: z
    .union([eventType, z.array(eventType)], `must be one of ${AUDIT_EVENT_TYPES.join(', ')}`)
    .optional(),
  initiator: oneOf(['user', 'admin', 'policy', 'system']).optional(),
  outcome: oneOf(['success', 'failure']).optional(),
  from: instant.optional(),
  to: instant.optional(),
  ...pageFields,
});
