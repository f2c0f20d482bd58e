import { ScoredSet } from './scored-set.js';

/** A map whose entries each end at an instant of their own. */
export class ForgetfulMap<Value> {
  private readonly values = new Map<string, Value>();
  private readonly ends = new ScoredSet();

  get size(): number {
    return this.values.size;
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  set(key: string, value: Value, until: number): void {
    this.values.set(key, value);
    this.ends.set(key, until);
  }

  delete(key: string): void {
    this.values.delete(key);
    this.ends.delete(key);
  }

  /** Removes what has ended at `now`. */
  forget(now: number): void {
    let first = this.ends.first();
    while (first !== undefined && first.score <= now) {
      this.delete(first.member);
      first = this.ends.first();
    }
  }
}
