import { performance } from 'node:perf_hooks';
import type { Operation } from '../../core/session-store.js';
import type { Deadline } from './database.js';

/** The passing of time is measured apart from the clocks, so that none of them can stretch a wait. */
export function deadlineIn(budgetMs: number): Deadline {
  const startedAt = performance.now();
  return { remainingMs: () => budgetMs - (performance.now() - startedAt) };
}

/** An operation is over at its deadline on the clock it was stamped by. */
export function deadlineOf({ deadline }: Operation, now: () => number): Deadline {
  const elapsing = deadlineIn(deadline - now());
  return { remainingMs: () => Math.min(deadline - now(), elapsing.remainingMs()) };
}
