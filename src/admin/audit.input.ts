import { z } from 'zod';
import { AUDIT_EVENT_TYPES } from '../core/audit/audit-event.js';
import { EXPORT_FORMATS } from './audit-lines.js';
import { instant, pageFields, sessionId, tenantId, userId } from './input-fields.js';

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

const eventType = oneOf(AUDIT_EVENT_TYPES);

const FILTER = {
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
};

/** Of `GET audit`. */
export const auditQuery = z.strictObject({ ...FILTER, ...pageFields });

const MIN_BUCKET_MS = 1_000;
const MAX_BUCKET_MS = 31 * 86_400_000;
const BUCKET_RULE = `must be a whole number from ${MIN_BUCKET_MS} to ${MAX_BUCKET_MS}`;

/** Of `GET audit/histogram`. */
export const histogramQuery = z.strictObject({
  ...FILTER,
  bucketMs: z
    .string(BUCKET_RULE)
    .regex(/^\d{1,10}$/, BUCKET_RULE)
    .transform(Number)
    .refine((value) => value >= MIN_BUCKET_MS && value <= MAX_BUCKET_MS, BUCKET_RULE)
    .optional(),
});

/** Of `GET audit/export`. */
export const exportQuery = z.strictObject({
  ...FILTER,
  format: oneOf(EXPORT_FORMATS).default('jsonl'),
});
