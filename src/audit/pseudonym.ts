import { randomBytes } from 'node:crypto';
import type { AuditEventRow } from './audit-event-row.entity.js';

const RANDOM_BYTES = 18;

/** What no salt can be: the row's personal values were replaced, so its digest cannot be tried. */
const NO_SALT = '';

/** Follows from nothing, so that nobody can go back. */
export const newPseudonym = (): string =>
  `pseudonym-${randomBytes(RANDOM_BYTES).toString('base64url')}`;

/** What the personal columns of a row are replaced by; `verify` takes exactly this. */
export const pseudonymisedColumns = (pseudonym: string) =>
  ({
    userId: pseudonym,
    ip: null,
    userAgent: null,
    details: null,
    personalSalt: NO_SALT,
  }) as const satisfies Partial<AuditEventRow>;

/** The pseudonym of a row whose personal columns look replaced. */
export function pseudonymIn(row: AuditEventRow): string | undefined {
  const { userId } = row;
  if (userId === null) return undefined;
  const replaced = Object.entries(pseudonymisedColumns(userId));
  return replaced.every(([name, value]) => row[name as keyof AuditEventRow] === value)
    ? userId
    : undefined;
}

/** Numbers in ascending order as `3-7,9`, in as many texts as it takes at that length each. */
export function toRanges(numbers: readonly number[], maxLength: number): readonly string[] {
  const texts: string[] = [];
  for (const [first, last] of stretchesOf(numbers)) {
    const range = first === last ? String(first) : `${first}-${last}`;
    const text = texts.at(-1);
    const isRoom = text !== undefined && text.length + 1 + range.length <= maxLength;
    if (isRoom) texts[texts.length - 1] = `${text},${range}`;
    else texts.push(range);
  }
  return texts;
}

/** From the first number to the last, both included. */
export type NumberRange = readonly [first: number, last: number];

/** What `toRanges` was made of. */
export const rangesIn = (text: string): readonly NumberRange[] =>
  text.split(',').map((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return [first, last];
  });

function stretchesOf(numbers: readonly number[]): readonly NumberRange[] {
  const stretches: [number, number][] = [];
  for (const number of numbers) {
    const last = stretches.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else stretches.push([number, number]);
  }
  return stretches;
}
