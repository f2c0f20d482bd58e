import type { Effort, ScaleRedis } from './scale-redis.js';

/** Of one operation, done again and again, one after the other. Milliseconds, but for the last. */
export interface Cost {
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
  /** Of the longest command, by the clock of Redis. */
  readonly longestMs: number;
  /** Processor time of Redis for one call. */
  readonly processorMicros: number;
}

const WARM_UP_CALLS = 50;

export async function costOf(
  redis: ScaleRedis,
  calls: number,
  step: (index: number) => Promise<unknown>,
): Promise<Cost> {
  for (let index = 0; index < WARM_UP_CALLS; index += 1) await step(calls + index);
  const times: number[] = [];
  const effort = await redis.observe(async () => {
    for (let index = 0; index < calls; index += 1)
      times.push(await millisecondsOf(() => step(index)));
  });
  times.sort((left, right) => left - right);
  const [p50, p99] = [quantileOf(times, 0.5), quantileOf(times, 0.99)];
  return { p50, p99, calls, ...effortOf(effort, calls) };
}

export const effortOf = (
  { longestMs, processorMs }: Effort,
  calls: number,
): Pick<Cost, 'longestMs' | 'processorMicros'> => ({
  longestMs,
  processorMicros: rounded((processorMs * 1_000) / calls, 1),
});

export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Does `work` for each index below `count`, so many at a time. */
export async function inParallel(
  count: number,
  parallel: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const quantileOf = (sorted: readonly number[], share: number): number =>
  rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!, 3);
