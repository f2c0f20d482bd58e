/** What went wrong, by kind. */
export const VIOLATIONS = [
  /** An ended session was alive, or listed, again. */
  'undone',
  /** An acknowledged write was lost without a later one to the same key. */
  'lostUpdates',
  /** More or fewer sessions than the limit says. */
  'limit',
  /** Somebody was in who had to be out. */
  'leftIn',
  /** Somebody honest was out. */
  'loggedOut',
  /** A cookie was set or removed by an answer that may not. */
  'cookies',
  /** An event too many, too few, or in the wrong order. */
  'audit',
  /** An answer that nothing explains. */
  'unexpected',
] as const;
export type Violation = (typeof VIOLATIONS)[number];

const MAX_TOLD = 20;

/** Counts what happened, and tells of what must not. */
export class Tally {
  readonly counts: Record<string, number> = {};
  private readonly violations = new Map<Violation, number>();
  private told = 0;

  constructor(private readonly label: string) {}

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  check(holds: boolean, kind: Violation, message: string): void {
    if (holds) return;
    this.violations.set(kind, this.of(kind) + 1);
    this.told += 1;
    if (this.told <= MAX_TOLD)
      console.log(
        `  VIOLATION ${kind} in ${this.label} #${this.counts['interleavings']}: ${message}`,
      );
  }

  of(kind: Violation): number {
    return this.violations.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.violations.values()].reduce((sum, count) => sum + count, 0);
  }
}
