import { setTimeout as delay } from 'node:timers/promises';
import { SessionConfigInvalidError, SessionLayoutMismatchError } from '../../core/errors.js';
import { harmless } from './sql-errors.js';

/** Pauses before the next attempt at an absent database: doubled each time, up to the longest. */
const RETRY_MS = { first: 50, longest: 1_000 } as const;

export interface AvailabilityEvents {
  /** Until it resolves, the store stays unavailable and it is tried again. */
  verify(): Promise<void>;
  /** The store was closed while it was being verified. */
  discard(): Promise<void>;
  /** An outage begins, or turns out to be that the database is the wrong one. */
  away(cause: Error): void;
}

/** Whether the database has been reached and found right; once it has, calls tell for themselves. */
export class Availability {
  private ready = false;
  private closed = false;
  /** What the present outage was told as; `refused` where a database answers, but the wrong one. */
  private outage: 'none' | 'away' | 'refused' = 'none';
  private cause = new Error('Not connected yet');

  constructor(private readonly events: AvailabilityEvents) {}

  /**
   * Resolves when the database has been verified or, having told of its being away, after
   * `waitMs`; it then goes on trying. @throws SessionLayoutMismatchError @throws SessionConfigInvalidError
   */
  async open(waitMs: number): Promise<void> {
    let waiting = true;
    const opened = this.keepTrying(() => waiting);
    const waited = new AbortController();
    const patience = delay(waitMs, undefined, { signal: waited.signal, ref: false })
      .then(() => this.tell('away', this.cause))
      .catch(() => undefined);
    try {
      await Promise.race([opened, patience]);
    } finally {
      waiting = false;
      waited.abort();
    }
  }

  close(): void {
    this.closed = true;
    this.ready = false;
    this.cause = new Error('The store is closed');
  }

  /** @throws Error saying why the database cannot be used */
  requireReady(): void {
    if (!this.ready) throw this.cause;
  }

  /** Notes how the last look at the database went. */
  note(failure: Error | undefined): void {
    if (failure) this.tell('away', failure);
    else this.outage = 'none';
  }

  private async keepTrying(isWaitedFor: () => boolean): Promise<void> {
    for (let pause: number = RETRY_MS.first; !this.closed;) {
      const failure = await this.events.verify().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (this.closed) return this.events.discard();
      if (failure === undefined) return this.settle();
      const refused = isRefusal(failure);
      if (refused && isWaitedFor()) throw failure;
      this.cause = refused ? failure : harmless(failure);
      if (refused) this.tell('refused', failure);
      await delay(pause * (0.5 + Math.random() / 2), undefined, { ref: false });
      pause = Math.min(2 * pause, RETRY_MS.longest);
    }
  }

  private settle(): void {
    this.ready = true;
    this.outage = 'none';
  }

  private tell(outage: 'away' | 'refused', cause: Error): void {
    if (this.closed || this.outage === 'refused' || this.outage === outage) return;
    this.outage = outage;
    this.events.away(cause);
  }
}

/** The database is there, and is not what it has to be. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof SessionLayoutMismatchError || error instanceof SessionConfigInvalidError;
