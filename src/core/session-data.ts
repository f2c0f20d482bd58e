import { SessionInputInvalidError } from './errors.js';
import type { SessionData } from './session-record.js';

/** What one writer changed, by top-level key; everything else is left to others. */
export interface DataChanges {
  readonly set: SessionData;
  readonly remove: readonly string[];
}

/**
 * One JSON text for each top-level key. Values that JSON leaves out
 * (functions, undefined) are left out. @throws SessionInputInvalidError for a key with a lone
 * surrogate, or a value nested too deeply
 */
export function encodeData(values: object): SessionData {
  const texts: [string, string][] = [];
  for (const [key, value] of Object.entries(values)) {
    if (!key.isWellFormed())
      throw new SessionInputInvalidError(
        'req.session',
        'has a key that is not well-formed Unicode',
      );
    const text = jsonTextOf(value);
    if (text !== undefined) texts.push([key, text]);
  }
  return Object.fromEntries(texts);
}

/** `JSON.parse` takes what is nested more deeply than `JSON.stringify` has a stack for. */
function jsonTextOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SessionInputInvalidError('req.session', 'holds what is nested too deeply for JSON');
  }
}

export const decodeData = (data: SessionData): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, JSON.parse(text) as unknown]));

export function diffData(before: SessionData, after: SessionData): DataChanges {
  const set = Object.entries(after).filter(
    ([key, text]) => !Object.hasOwn(before, key) || before[key] !== text,
  );
  const remove = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return { set: Object.fromEntries(set), remove };
}

export const hasChanges = ({ set, remove }: DataChanges): boolean =>
  remove.length > 0 || Object.keys(set).length > 0;

/** A key that is in both lists is set. */
export const applyChanges = (data: SessionData, { set, remove }: DataChanges): SessionData =>
  Object.fromEntries([
    ...Object.entries(data).filter(([key]) => !remove.includes(key)),
    ...Object.entries(set),
  ]);

/** Names and texts together. */
export const bytesOf = (data: SessionData): number =>
  Object.entries(data).reduce(
    (sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text),
    0,
  );

/**
 * The bytes of data that have grown beyond the bound. Undefined: they are within it, or were beyond
 * it already, because it was lowered, and have not grown.
 */
export function bytesTooLarge(
  before: SessionData,
  after: SessionData,
  maxBytes: number,
): number | undefined {
  const bytes = bytesOf(after);
  return bytes > maxBytes && bytes > bytesOf(before) ? bytes : undefined;
}
