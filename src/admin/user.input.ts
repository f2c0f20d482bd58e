import { z } from 'zod';
import { instant, pageFields, tenantId, text, userId } from './input-fields.js';

export const userParams = z.object({ userId });

/** Of `GET users/:userId/sessions`. */
export const userSessionsQuery = z.strictObject({ tenantId: tenantId.optional(), ...pageFields });

/** Of `DELETE users/:userId/sessions`. */
export const endAllInput = z.strictObject({
  tenantId: tenantId.optional(),
  reason: text.optional(),
});

/** Of `POST users/:userId/block`. */
export const blockBody = endAllInput.extend({ until: instant });
