import { z } from 'zod';
import { SessionIdentityInvalidError } from '../core/errors.js';
import { parseSessionId } from '../core/ids.js';
import { parseUser } from '../core/user.js';

/** March 1973: a lesser number is a year or seconds, and a range from there would match everything. */
const LEAST_NUMBER = 100_000_000_000;
/** The last instant that a `Date` can hold. */
const MAX_INSTANT = 8_640_000_000_000_000;
const INSTANT_RULE =
  'must be an ISO 8601 date, or date and time with an offset, or milliseconds since 1970';

/** Given once: twice in a query is an array, which is no text. */
export const text = z.string('must be text, given once');

export const userId = text.superRefine((value, context) =>
  addIdentityIssue(context, { userId: value }),
);

/** May be empty, as where an application has no tenants. */
export const tenantId = text.superRefine((value, context) =>
  addIdentityIssue(context, { tenantId: value, userId: 'any' }),
);

export const sessionId = text.refine(
  (value) => parseSessionId(value) !== undefined,
  'must be a session id',
);

export const ipAddress = z.union([z.ipv4(), z.ipv6()], 'must be an IP address');

/** Of a list; `parsePageQuery` judges them. */
export const pageFields = { limit: z.unknown().optional(), cursor: z.unknown().optional() };

const ISO_INSTANT = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

function parseInstant(value: string | number): number {
  if (ISO_INSTANT.safeParse(value).success) return Date.parse(`${value}`);
  const isNumber = typeof value === 'number' || /^\d{1,16}$/.test(value);
  const ms = isNumber ? Number(value) : Number.NaN;
  return ms === 0 || ms >= LEAST_NUMBER ? ms : Number.NaN;
}

/** To whole milliseconds. */
export const instant = z
  .union([z.string(), z.number()], INSTANT_RULE)
  .transform((value, context) => {
    const parsed = parseInstant(value);
    if (Number.isSafeInteger(parsed) && parsed >= 0 && parsed <= MAX_INSTANT) return parsed;
    context.addIssue({ code: 'custom', message: INSTANT_RULE });
    return z.NEVER;
  });

/** Holds ids to the rule that logins are held to. */
function addIdentityIssue(
  context: z.core.$RefinementCtx,
  user: Parameters<typeof parseUser>[0],
): void {
  try {
    parseUser(user);
  } catch (error) {
    if (!(error instanceof SessionIdentityInvalidError)) throw error;
    context.addIssue({ code: 'custom', message: error.rule });
  }
}
