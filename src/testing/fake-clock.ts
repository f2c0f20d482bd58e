import type { Clock } from '../core/clock.js';
import { parseDuration, type Duration } from '../core/policy/duration.js';

/** A clock that stands still until it is told otherwise. It starts at the present. */
export class FakeClock implements Clock {
  constructor(private instant: number = Date.now()) {}

  now(): number {
    return this.instant;
  }

  /** @throws RangeError for anything that is not a duration, such as a negative number */
  advance(duration: Duration): void {
    const milliseconds = parseDuration(duration);
    if (milliseconds === undefined) throw new RangeError(`Not a duration: ${duration}`);
    this.instant += milliseconds;
  }

  /** `instant` in whole milliseconds since 1970. */
  set(instant: number): void {
    this.instant = instant;
  }
}
