import { performance } from 'node:perf_hooks';

/**
 * Places in a queue that several processes fill: microseconds since 1970, each later than the one
 * before. Between processes their clocks decide.
 */
export class ArrivalOrder {
  private last = 0;

  next(): number {
    const now = Math.floor((performance.timeOrigin + performance.now()) * 1_000);
    this.last = Math.max(this.last + 1, now);
    return this.last;
  }
}
