import { randomBytes } from 'node:crypto';
import type { FactRecorder } from './audit/fact-recorder.js';
import type { Operations } from './operations.js';
import type { Announcer } from './live/session-notices.js';
import type { SessionOptions } from './policy/session-options.js';
import type { SessionStore } from './session-store.js';

const JITTER = 0.2;
const LEASE_INTERVALS = 3;
/** Bounds one pass over one shard; the rest waits for the next pass. */
const MAX_ROUNDS = 100;
/** While the store works on one, this process announces what ended in the other. */
const SHARDS_AT_ONCE = 2;

/**
 * Ends what has expired, a bounded piece at a time. Of all processes on one store the one that
 * holds the lease does the work; when it dies another takes over after three intervals.
 */
export class SessionSweeper {
  private readonly holder = randomBytes(16).toString('base64url');
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: SessionStore,
    private readonly options: Pick<SessionOptions, 'sweepIntervalMs' | 'sweepBudget'>,
    private readonly operations: Operations,
    private readonly announcer: Announcer,
    private readonly facts: FactRecorder,
    private readonly reportError: (error: unknown) => void,
  ) {}

  start(): void {
    this.stopping = false;
    this.timer ??= this.schedule();
  }

  /** Resolves when a pass under way has left off, which it does after the operations it is at. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running;
  }

  /**
   * One pass, if this process holds the lease. A shard that fails does not keep the others from
   * being swept. The number of sessions ended.
   */
  async sweep(): Promise<number> {
    await this.facts.flush();
    const leaseMs = this.options.sweepIntervalMs * LEASE_INTERVALS;
    if (!(await this.store.lease('sweep', this.holder, leaseMs))) return 0;
    const shards = Array.from({ length: this.store.shards }, (_, shard) => shard).values();
    const lanes = Array.from({ length: SHARDS_AT_ONCE }, () => this.sweepShards(shards));
    return (await Promise.all(lanes)).reduce((left, right) => left + right);
  }

  private async sweepShards(shards: Iterable<number>): Promise<number> {
    let ended = 0;
    for (const shard of shards) {
      if (this.stopping) break;
      ended += await this.sweepShard(shard);
    }
    return ended;
  }

  private async sweepShard(shard: number): Promise<number> {
    let ended = 0;
    try {
      for (let round = 0; round < MAX_ROUNDS && !this.stopping; round += 1) {
        const operation = this.operations.begin({ initiator: 'system' });
        const swept = await this.store.sweep(shard, this.options.sweepBudget, operation);
        this.announcer.endings(swept.ended, operation.now);
        ended += swept.ended.length;
        if (!swept.more) break;
      }
    } catch (error) {
      this.reportError(error);
    }
    return ended;
  }

  private schedule(): NodeJS.Timeout {
    const spread = 1 - JITTER + 2 * JITTER * Math.random();
    const timer = setTimeout(() => {
      this.running = this.sweep()
        .then(() => undefined, this.reportError)
        .finally(() => {
          if (this.timer) this.timer = this.schedule();
        });
    }, this.options.sweepIntervalMs * spread);
    return timer.unref();
  }
}
