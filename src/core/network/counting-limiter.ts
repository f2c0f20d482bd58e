import type { RateLimiter } from '../session-store.js';

/** What a limiter of rate-limiter-flexible resolves with, or rejects with where the bound is passed. */
interface Consumption {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/** Tells what the library's limiter has counted, over the bound too; only its failures reject. */
export const countingLimiter = (limiter: {
  consume(key: string): Promise<Consumption>;
}): RateLimiter => ({
  consume: async (key) => {
    const { consumedPoints, msBeforeNext } = await limiter.consume(key).catch(refusalOrError);
    return { count: consumedPoints, resetsInMs: msBeforeNext };
  },
});

function refusalOrError(refusal: unknown): Consumption {
  if (isConsumption(refusal)) return refusal;
  throw refusal;
}

const isConsumption = (value: unknown): value is Consumption =>
  typeof value === 'object' &&
  value !== null &&
  'consumedPoints' in value &&
  'msBeforeNext' in value;
