import { useSyncExternalStore, type ReactNode } from 'react';
import { texts } from './texts.js';

const TICK_MS = 15_000;
const SECOND = 1_000;
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const exactFormat = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'full',
  timeStyle: 'long',
});
const shortFormat = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const secondsFormat = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const agoFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

let now = Date.now();
const listeners = new Set<() => void>();
let timer: number | undefined;

/** One timer for all times on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

/** The time, as often as a reader needs it. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

export const exactTime = (at: string | number): string => exactFormat.format(new Date(at));
export const clockTime = (at: string | number): string => clockFormat.format(new Date(at));

/** `3 min. ago`, `in 2 hr.`; what is nearer than half a minute is now. */
export function relativeTime(at: string | number, from: number): string {
  const seconds = Math.round((new Date(at).getTime() - from) / SECOND);
  if (Math.abs(seconds) < 30) return texts.time.now;
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return agoFormat.format(Math.trunc(seconds / size), unit);
  return agoFormat.format(seconds, 'second');
}

export interface TimeProps {
  /** ISO 8601, or milliseconds. */
  readonly at: string | number | null;
  /** `seconds` for where the order of what happened matters. Default: relative. */
  readonly as?: 'relative' | 'short' | 'seconds';
}

/** In the reader's zone; the exact time on hover. */
export function Time({ at, as = 'relative' }: TimeProps): ReactNode {
  const current = useNow();
  if (at === null) return <span className="quiet">–</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {textOf(at, as, current)}
    </time>
  );
}

function textOf(
  at: string | number,
  as: 'relative' | 'short' | 'seconds',
  current: number,
): string {
  switch (as) {
    case 'relative':
      return relativeTime(at, current);
    case 'short':
      return shortFormat.format(new Date(at));
    case 'seconds':
      return secondsFormat.format(new Date(at));
  }
}
