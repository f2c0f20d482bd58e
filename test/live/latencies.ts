/** How long after an ending each connection was closed, in milliseconds. */
export class Latencies {
  private readonly all: number[] = [];

  add(ms: number): void {
    this.all.push(ms);
  }

  addAll({ all }: Latencies): void {
    this.all.push(...all);
  }

  get figures(): Record<'count' | 'p50' | 'p99' | 'max', number> {
    const sorted = this.all.toSorted((left, right) => left - right);
    const at = (share: number): number =>
      Math.round(10 * (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)) / 10;
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
