const EVERY_MS = 20;

/** How long this process was kept from running: what the machine, not the application, is late by. */
export class Stalls {
  private total = 0;
  private last = performance.now();
  private readonly timer = setInterval(() => this.tick(), EVERY_MS).unref();

  /** All of it so far, in milliseconds. */
  get totalMs(): number {
    return this.total;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    this.total += Math.max(0, now - this.last - 2 * EVERY_MS);
    this.last = now;
  }
}
