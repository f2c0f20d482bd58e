import { endOf } from './bounded.js';

export interface ShardPollOptions {
  /** Asked anew for each round. */
  readonly shards: () => readonly number[];
  readonly intervalMs: number;
  /** Never rejects. */
  readonly work: (shards: readonly number[]) => Promise<unknown>;
}

/** Works on all shards once per interval, and on nudged ones at once; one round at a time. */
export class ShardPoll {
  private readonly nudged = new Set<number>();
  private rounds: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pollDue = true;
  private stopping = false;
  private wake: () => void = () => {};

  constructor(private readonly options: ShardPollOptions) {}

  /** The timer keeps no process alive. */
  start(): void {
    if (this.rounds !== undefined) return;
    this.timer = setInterval(() => {
      this.pollDue = true;
      this.wake();
    }, this.options.intervalMs).unref();
    this.rounds = this.run();
  }

  nudge(shard: number): void {
    this.nudged.add(shard);
    this.wake();
  }

  /** Ends after a last round over all shards, or when `boundMs` have passed. */
  async stop(boundMs: number): Promise<void> {
    if (this.rounds === undefined) return;
    this.stopping = true;
    clearInterval(this.timer);
    this.wake();
    const lastRound = this.rounds.then(() => this.options.work(this.options.shards()));
    await endOf(lastRound, boundMs);
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const due = this.takeDue();
      if (due.length > 0) await this.options.work(due);
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private takeDue(): readonly number[] {
    const due = this.pollDue ? this.options.shards() : [...this.nudged];
    this.pollDue = false;
    this.nudged.clear();
    return due;
  }
}
