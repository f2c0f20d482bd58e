import { z } from 'zod';
import { instant, pageFields, sessionId, tenantId, text, userId } from './input-fields.js';

export const userParams = z.object({ userId });

/** Of `GET users/:userId/sessions`. */
export const userSessionsQuery = z.strictObject({ tenantId: tenantId.optional(), ...pageFields });

const actFields = { tenantId: tenantId.optional(), reason: text.optional() };

/** Of `DELETE users/:userId/sessions`. */
export const endAllInput = z.strictObject({
  ...actFields,
  except: sessionId.optional(),
  before: instant.optional(),
});

/** Of `GET users/:userId/block`. */
export const blockQuery = z.strictObject({ tenantId: tenantId.optional() });

/** Of `POST users/:userId/block`. */
export const blockBody = z.strictObject({ ...actFields, until: instant });

/** Of `DELETE users/:userId/block`. */
export const unblockInput = z.strictObject(actFields);
