import type { SessionId } from 'nestjs-gatehouse';
import type { Random } from '../support/random.js';
import type { Answer } from './http-client.js';

/**
 * What is known of a kill: `asked` where no answer said that it was done, so that either may be
 * true; `acknowledged` once an answer did.
 */
export type Killing = 'none' | 'asked' | 'acknowledged';

/** A session whose login was acknowledged, with all that was acknowledged of it since. */
export interface LedgerEntry {
  readonly id: SessionId;
  readonly user: string;
  cookie: string;
  killing: Killing;
  /** When the last kill was answered, or began; until then, the login. */
  askedAt: number;
  /** Values only grow; the one stored lies between the two. */
  acknowledgedValue: number;
  attemptedValue: number;
}

export interface Opening extends Pick<LedgerEntry, 'id' | 'user' | 'cookie'> {
  /** When the login began, by `performance.now()`. */
  readonly askedAt: number;
  readonly holding: Holding;
}

export type Holding = 'held' | 'free';

/** Every acknowledged answer, kept outside of the applications. */
export class Ledger {
  readonly entries: LedgerEntry[] = [];
  private readonly busy = new Set<LedgerEntry>();
  private allEndedAt = Number.NEGATIVE_INFINITY;

  /** A session that is `held` is nobody else's until `withNew` has done its work. */
  opened({ askedAt, holding, ...login }: Opening): LedgerEntry {
    const entry: LedgerEntry = {
      ...login,
      killing: this.mayHaveEnded(askedAt) ? 'asked' : 'none',
      askedAt: performance.now(),
      acknowledgedValue: 0,
      attemptedValue: 0,
    };
    this.entries.push(entry);
    if (holding === 'held') this.busy.add(entry);
    return entry;
  }

  /** Whether everybody was put out after that instant, or is being put out now. */
  mayHaveEnded(since: number): boolean {
    return since <= this.allEndedAt;
  }

  /** Ends everybody that there is. Of those that come meanwhile either may be true. */
  async endAll(end: () => Promise<Answer>): Promise<readonly LedgerEntry[]> {
    const present = this.of('none', 'asked');
    this.allEndedAt = Number.POSITIVE_INFINITY;
    for (const entry of present) {
      entry.killing = 'asked';
      entry.askedAt = performance.now();
    }
    const { status, answeredAt } = await end();
    this.allEndedAt = answeredAt;
    for (const entry of present) {
      entry.askedAt = answeredAt;
      if (status === 201) entry.killing = 'acknowledged';
    }
    return present;
  }

  of(...killings: readonly Killing[]): readonly LedgerEntry[] {
    return this.entries.filter(({ killing }) => killings.includes(killing));
  }

  /** Has one of those entries to itself while `work` runs; nothing happens where there is none. */
  async withOne(
    random: Random,
    killings: readonly Killing[],
    work: (entry: LedgerEntry) => Promise<unknown>,
  ): Promise<void> {
    const free = this.of(...killings).filter((entry) => !this.busy.has(entry));
    if (free.length === 0) return;
    await this.having(random.pick(free), work);
  }

  /** Has a session to itself that a login opens and holds. */
  async withNew(
    login: Promise<LedgerEntry | undefined>,
    work: (entry: LedgerEntry) => Promise<boolean>,
  ): Promise<boolean> {
    const entry = await login;
    return entry ? this.having(entry, work) : false;
  }

  private async having<Result>(
    entry: LedgerEntry,
    work: (entry: LedgerEntry) => Promise<Result>,
  ): Promise<Result> {
    this.busy.add(entry);
    return work(entry).finally(() => this.busy.delete(entry));
  }
}
