import { z } from 'zod';
import { SessionIdentityInvalidError } from '../core/errors.js';
import { parseSessionId, type SessionId } from '../core/ids.js';
import { parseIpNetwork } from '../core/network/ip-network.js';
import { isPlainText } from '../core/plain-text.js';
import { parseUser } from '../core/user.js';

/** March 1973: a lesser number is a year or seconds, and a range from there would match everything. */
const LEAST_NUMBER = 100_000_000_000;
/** The last instant that a `Date` can hold. */
const MAX_INSTANT = 8_640_000_000_000_000;
const MAX_NAME = 255;
const INSTANT_RULE =
  'must be an ISO 8601 date, or date and time with an offset, or milliseconds since 1970';

/** Given once: twice in a query is an array, which is no text. */
export const text = z.string('must be text, given once');

/** Of a browser, a system or a method. */
export const name = text.refine(
  (value) => value.length <= MAX_NAME && isPlainText(value) && value !== '',
  `must be 1 to ${MAX_NAME} characters, none of them a control character`,
);

export const userId = text.superRefine((value, context) =>
  addIdentityIssue(context, { userId: value }),
);

/** May be empty, as where an application has no tenants. */
export const tenantId = text
  .superRefine((value, context) => addIdentityIssue(context, { tenantId: value, userId: 'any' }))
  .describe('May be empty. Outside the operator’s scope there is nothing.');

export const sessionId = text.transform((value, context): SessionId => {
  const id = parseSessionId(value);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'must be a session id' });
  return z.NEVER;
});

const NETWORK_RULE = 'must be an IP address or a network such as 203.0.113.0/24';

export const ipNetwork = z
  .string(NETWORK_RULE)
  .refine((value) => parseIpNetwork(value) !== undefined, NETWORK_RULE)
  .describe('An IP address, or a network such as 203.0.113.0/24.');

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
  })
  .describe('ISO 8601, a date or with an offset; or milliseconds since 1970.');

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
