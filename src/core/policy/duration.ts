import ms from 'ms';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd';
/** Milliseconds, or a number with a unit: `'90s'`, `'30m'`, `'12h'`, `'180d'`. */
export type Duration = number | `${number}${Unit}`;

/** Bounded, because a longer text is more than `ms` takes and more than a number holds exactly. */
const DURATION_TEXT = /^\d{1,15}(\.\d{1,15})?(ms|s|m|h|d)$/;

/** Whole milliseconds; undefined for anything that is not a duration as the type has it. */
export function parseDuration(value: unknown): number | undefined {
  const parsed = typeof value === 'string' ? parseText(value) : value;
  return typeof parsed === 'number' && Number.isSafeInteger(parsed) && parsed >= 0
    ? parsed
    : undefined;
}

const parseText = (text: string): number | undefined =>
  DURATION_TEXT.test(text) ? Math.round(ms(text as ms.StringValue)) : undefined;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** In the largest unit that leaves no rest; a whole day is `24h`, as people say of sessions. */
export function formatDuration(milliseconds: number): Duration {
  const [unit, size] = UNITS.find(
    ([name, size]) => milliseconds % size === 0 && milliseconds >= size * (name === 'd' ? 2 : 1),
  ) ?? ['ms', 1];
  return `${milliseconds / size}${unit}`;
}
