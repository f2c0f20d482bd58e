/** Milliseconds, and how many requests they are of. */
export interface Timing {
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

const [MIN_REQUESTS, MAX_REQUESTS] = [20, 500];
const BUDGET_MS = 4_000;

/** Does something again and again, one after the other, for a few seconds. */
export async function timed(step: (index: number) => Promise<unknown>): Promise<Timing> {
  await step(0);
  const times: number[] = [];
  const startedAt = performance.now();
  while (times.length < MAX_REQUESTS) {
    const from = performance.now();
    await step(times.length + 1);
    times.push(performance.now() - from);
    if (times.length >= MIN_REQUESTS && performance.now() - startedAt > BUDGET_MS) break;
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), requests: times.length };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
}

export const rounded = (value: number): number => Math.round(value * 10) / 10;
