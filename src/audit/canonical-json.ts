import type { JsonObject, JsonValue } from '../core/audit/audit-event.js';

/**
 * One text a value, whatever order its keys were written in: no white space, object keys in the
 * order of their UTF-16 units, numbers and escapes as `JSON.stringify` has them. A lone surrogate
 * counts as U+FFFD, so that the text has one form in UTF-8.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${canonicalJson(key)}:${canonicalJson(value[key]!)}`);
  return `{${members.join(',')}}`;
}

const isArray = (value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] =>
  Array.isArray(value);
