import { isSameAnchor, type AuditAnchor } from '../core/audit/audit-anchor.js';
import type { Clock } from '../core/clock.js';
import type { SessionStore } from '../core/session-store.js';
import type { Appended, AuditJournal } from './audit-journal.js';
import { backoffMs } from './backoff.js';
import { mapBounded } from './bounded.js';
import { ShardPoll } from './shard-poll.js';
import { errorCodeOf } from './sql-errors.js';

/** Where events wait. */
export type AuditOutbox = Pick<
  SessionStore,
  'shards' | 'readOutbox' | 'acknowledge' | 'outboxState' | 'readAnchor' | 'anchor'
>;

export interface AuditRelayOptions {
  readonly outbox: AuditOutbox;
  readonly journal: Pick<AuditJournal, 'append' | 'leads'>;
  /** How often every outbox is looked into, nudged or not. */
  readonly pollIntervalMs: number;
  /** The one that events are stamped with, so that their age is told right. */
  readonly clock: Clock;
  readonly logger: AuditLogger;
}

/** Hears of an outage once when it begins and once when it is over; never of what is in a row. */
export interface AuditLogger {
  log(message: string): void;
  warn(message: string): void;
}

export interface AuditHealth extends AuditRelayState {
  /** Events that have not reached the database. */
  readonly waiting: number;
  /** How long the oldest of them has waited. */
  readonly oldestAgeMs?: number;
}

/** What has become of the relay of this process. */
export interface AuditRelayState {
  /** Events put aside in `audit_rejected` by this process. */
  readonly rejected: number;
  /** Of the last failure, though it may be over. */
  readonly lastErrorCode?: string;
  /** Chains that end before the place where they were anchored, as far as this process has seen. */
  readonly cutOff?: readonly number[];
  /** When this process last moved events into the database. */
  readonly lastSuccessAt?: number;
}

const BATCH = 500;
const CONCURRENCY = 4;
const LAST_DRAIN_MS = 5_000;

/** `at` is in real time, by `performance.now()`, whatever clock events are stamped with. */
interface Retry {
  readonly failures: number;
  readonly at: number;
}

/**
 * Copies events from the outboxes to the database: read, insert, anchor, acknowledge. Stopped between
 * any two of these steps, by a crash too, it repeats them, which then changes nothing. Any
 * number of relays may run on one outbox. Order within a shard is kept.
 */
export class AuditRelay {
  private readonly poll: ShardPoll;
  private readonly retries = new Map<number, Retry>();
  private readonly cutOff = new Set<number>();
  private halted = false;
  private rejected = 0;
  private lastErrorCode: string | undefined;
  private lastSuccessAt: number | undefined;

  constructor(private readonly options: AuditRelayOptions) {
    this.poll = new ShardPoll({
      shards: () => this.allShards(),
      intervalMs: options.pollIntervalMs,
      work: (shards) => this.drainEach(shards.filter((shard) => this.isDue(shard))),
    });
  }

  /** Moves what waits in one shard, oldest first, and answers how much. Rejects if it cannot. */
  async drain(shard: number): Promise<number> {
    const { outbox, journal } = this.options;
    let moved = 0;
    while (!this.halted) {
      const entries = await outbox.readOutbox(shard, BATCH);
      if (entries.length === 0) break;
      const events = entries.map(({ event }) => event);
      const appended = await journal.append(shard, events);
      this.rejected += appended.rejected;
      await this.anchor(shard, appended);
      await outbox.acknowledge(
        shard,
        entries.map(({ key }) => key),
      );
      this.lastSuccessAt = this.options.clock.now();
      moved += entries.length;
      if (entries.length < BATCH) break;
    }
    return moved;
  }

  /** Drains every shard. One that fails is left for later, which `health` tells. */
  drainAll(): Promise<number> {
    return this.drainEach(this.allShards());
  }

  /** Begins to drain by itself: at once where nudged, and everything once per poll interval. */
  start(): void {
    this.poll.start();
  }

  /** Says that a shard has something new. */
  nudge(shard: number): void {
    this.poll.nudge(shard);
  }

  /** Ends after a last drain of at most five seconds. What is left stays in the outbox. */
  async stop(): Promise<void> {
    await this.poll.stop(LAST_DRAIN_MS);
    this.halted = true;
  }

  async health(): Promise<AuditHealth> {
    const { outbox, clock } = this.options;
    const states = await mapBounded(this.allShards(), CONCURRENCY, (shard) =>
      outbox.outboxState(shard),
    );
    const oldest = states.flatMap(({ oldestAt }) => (oldestAt === undefined ? [] : [oldestAt]));
    return {
      ...this.state,
      waiting: states.reduce((sum, { entries }) => sum + entries, 0),
      ...(oldest.length > 0 && { oldestAgeMs: clock.now() - Math.min(...oldest) }),
    };
  }

  get state(): AuditRelayState {
    return {
      rejected: this.rejected,
      ...(this.cutOff.size > 0 && { cutOff: [...this.cutOff] }),
      ...(this.lastErrorCode !== undefined && { lastErrorCode: this.lastErrorCode }),
      ...(this.lastSuccessAt !== undefined && { lastSuccessAt: this.lastSuccessAt }),
    };
  }

  /**
   * Moves the anchor on to the tip, but only from a place that the chain has come by: else a chain
   * that was cut off, or restored from a backup, would sooner or later grow over the evidence.
   */
  private async anchor(shard: number, appended: Appended): Promise<void> {
    if (appended.tip.chainSeq === 0) return;
    if (await this.anchorInTurn(shard, appended)) this.noteReach(shard, true);
    else await this.anchorAfterLooking(shard, appended);
  }

  /** What is most often the case, in one step: the anchor is where these rows were put behind. */
  private anchorInTurn(shard: number, { before, tip }: Appended): Promise<boolean> {
    const from = before.chainSeq === 0 ? undefined : placeOf(before);
    return this.options.outbox.anchor(shard, from, placeOf(tip));
  }

  private async anchorAfterLooking(shard: number, { before, tip }: Appended): Promise<void> {
    const { outbox, journal } = this.options;
    for (;;) {
      const noted = await outbox.readAnchor(shard);
      const isBehind = noted === undefined || noted.chainSeq < tip.chainSeq;
      const isReached =
        noted === undefined ||
        isSameAnchor(before, noted) ||
        (await journal.leads(shard, noted, isBehind ? tip : noted));
      this.noteReach(shard, isReached);
      if (!isReached || !isBehind) return;
      if (await outbox.anchor(shard, noted, placeOf(tip))) return;
    }
  }

  private noteReach(shard: number, isReached: boolean): void {
    if (isReached) this.cutOff.delete(shard);
    if (isReached || this.cutOff.has(shard)) return;
    this.cutOff.add(shard);
    this.options.logger.warn(`Audit chain ${shard} ends before the place where it was anchored`);
  }

  /** The store may learn its number of shards only when it starts. */
  private allShards(): readonly number[] {
    return Array.from({ length: this.options.outbox.shards }, (_, shard) => shard);
  }

  private async drainEach(shards: readonly number[]): Promise<number> {
    const moved = await mapBounded(shards, CONCURRENCY, (shard) => this.tryDrain(shard));
    return moved.reduce((sum, count) => sum + count, 0);
  }

  private async tryDrain(shard: number): Promise<number> {
    try {
      const moved = await this.drain(shard);
      this.noteSuccess(shard);
      return moved;
    } catch (error) {
      this.noteFailure(shard, errorCodeOf(error));
      return 0;
    }
  }

  /** The outage is over when the last shard that failed has recovered. */
  private noteSuccess(shard: number): void {
    const recovered = this.retries.delete(shard);
    if (recovered && this.retries.size === 0)
      this.options.logger.log('Audit events reach the database again');
  }

  private noteFailure(shard: number, code: string): void {
    if (this.retries.size === 0)
      this.options.logger.warn(`Audit events wait, for they do not reach the database: ${code}`);
    this.lastErrorCode = code;
    const failures = (this.retries.get(shard)?.failures ?? 0) + 1;
    this.retries.set(shard, { failures, at: performance.now() + backoffMs(failures) });
  }

  private isDue(shard: number): boolean {
    const retry = this.retries.get(shard);
    return retry === undefined || performance.now() >= retry.at;
  }
}

const placeOf = ({ chainSeq, hash }: AuditAnchor): AuditAnchor => ({ chainSeq, hash });
