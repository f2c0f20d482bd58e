import type { AuditContext, JsonObject, JsonValue } from './audit-event.js';
import { toPlainText } from '../plain-text.js';
import type { Device } from '../session-record.js';

const MAX_CHARACTERS = { short: 255, userAgent: 512, detail: 1024 } as const;
const MAX_DETAIL_ENTRIES = 32;
const MAX_DETAIL_DEPTH = 4;

/**
 * Makes a text safe for every database before it enters the outbox: plain, and of at most `max`
 * UTF-16 units.
 */
export const cleanText = (text: string, max: number = MAX_CHARACTERS.short): string =>
  toPlainText(text.slice(0, max));

/** Cleans every text of a context, once, at the door. */
export function cleanContext(context: AuditContext): AuditContext {
  const { initiator, actorId, requestId, ip, userAgent, methods, details } = context;
  return {
    initiator,
    ...(actorId !== undefined && { actorId: cleanText(actorId) }),
    ...(requestId !== undefined && { requestId: cleanText(requestId) }),
    ...(ip !== undefined && { ip: cleanText(ip) }),
    ...(userAgent !== undefined && {
      userAgent: cleanText(userAgent, MAX_CHARACTERS.userAgent),
    }),
    ...(methods !== undefined && { methods: cleanMethods(methods) }),
    ...(details !== undefined && { details: cleanDetails(details) }),
  };
}

/** The same for what a session's record keeps of a device. */
export const cleanDevice = ({ ip, userAgent, label }: Device): Device => ({
  ...(ip !== undefined && { ip: cleanText(ip) }),
  ...(userAgent !== undefined && {
    userAgent: cleanText(userAgent, MAX_CHARACTERS.userAgent),
  }),
  ...(label !== undefined && { label: cleanText(label) }),
});

export const cleanMethods = (methods: readonly string[]): readonly string[] =>
  methods.slice(0, MAX_DETAIL_ENTRIES).map((method) => cleanText(method));

const cleanDetails = (details: JsonObject): JsonObject => cleanValue(details, 0) as JsonObject;

function cleanValue(value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'string') return cleanText(value, MAX_CHARACTERS.detail);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DETAIL_DEPTH) return '…';
  if (Array.isArray(value))
    return (value as readonly JsonValue[])
      .slice(0, MAX_DETAIL_ENTRIES)
      .map((item) => cleanValue(item, depth + 1));
  const entries = Object.entries(value as JsonObject).slice(0, MAX_DETAIL_ENTRIES);
  return Object.fromEntries(
    entries.map(([key, item]) => [cleanText(key), cleanValue(item, depth + 1)]),
  );
}
