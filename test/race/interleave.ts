import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../support/random.js';

const LONGEST_PAUSE_MS = 3;
/** How often, of 1. */
const WAIT_FOR_IT = 0.15;
const WAIT_A_MOMENT = 0.15;

export type Step<Result> = () => Promise<Result>;

/**
 * Takes the steps in an order that the seed decides. Some begin when the one before them is over,
 * some a moment after it began, and most at once.
 */
export async function interleave<Result>(
  random: Random,
  steps: readonly Step<Result>[],
): Promise<Result[]> {
  const results: Promise<Result>[] = [];
  const order = random.shuffle(steps.map((_, index) => index));
  for (const index of order) {
    const begun = steps[index]!();
    begun.catch(() => undefined);
    results[index] = begun;
    const fate = random.next();
    if (fate < WAIT_FOR_IT) await Promise.allSettled([begun]);
    else if (fate < WAIT_FOR_IT + WAIT_A_MOMENT) await pause(random.between(0, LONGEST_PAUSE_MS));
  }
  return Promise.all(results);
}
