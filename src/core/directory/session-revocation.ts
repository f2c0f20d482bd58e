import { SessionInputInvalidError } from '../errors.js';
import type { SessionId } from '../ids.js';
import { requireReason, type RevokeCause, type SessionDirectory } from './session-directory.js';
import type { SessionFilter } from './session-filter.js';
import type { SessionSearch } from './session-search.js';

/** Which sessions, whose exceptions, and how many at most. */
export interface RevocationTarget {
  readonly filter: SessionFilter;
  readonly except: readonly SessionId[];
  /** Sessions created from here on stay, so that whoever signs in again meanwhile stays signed in. */
  readonly before: number;
}

export interface Revocation extends RevocationTarget {
  readonly cause: RevokeCause;
  /** Where more match, none is ended. */
  readonly max: number;
}

export interface RevocationCount {
  readonly matched: number;
  /** False: it left off where it was told to, and more may match. */
  readonly complete: boolean;
}

export interface RevocationProgress {
  readonly matched: number;
  /** How many of them have been gone through. */
  readonly done: number;
  /** Those that this call ended; the others had ended by themselves. */
  readonly ended: number;
}

export const DEFAULT_MAX_REVOKED = 1_000;
export const MAX_REVOKED = 10_000_000;

/** Entries that are looked at together, and sessions that are ended together. */
const [PAGE, BATCH] = [1_000, 200];

/** Counts and ends the sessions that match a filter. Safe to repeat: what has ended matches no more. */
export class SessionRevocation {
  constructor(
    private readonly search: Pick<SessionSearch, 'search'>,
    private readonly directory: Pick<SessionDirectory, 'revoke'>,
  ) {}

  /** Leaves off once more than `most` match, or after so many entries. */
  async count(
    target: RevocationTarget,
    { most, mostExamined = Infinity }: { readonly most: number; readonly mostExamined?: number },
    signal?: AbortSignal,
  ): Promise<RevocationCount> {
    let matched = 0;
    let examined = 0;
    for await (const page of this.pages(target)) {
      signal?.throwIfAborted();
      matched += page.ids.length;
      examined += page.examined;
      if (page.isLast) break;
      if (matched > most || examined >= mostExamined) return { matched, complete: false };
    }
    return { matched, complete: true };
  }

  /**
   * Counts first: where more than `max` match, it ends nothing.
   * @throws SessionInputInvalidError for a bad reason, or naming `max`
   */
  async revoke(
    { cause, max, ...target }: Revocation,
    report: (progress: RevocationProgress) => void | Promise<void> = () => undefined,
    signal?: AbortSignal,
  ): Promise<RevocationProgress> {
    requireReason(cause);
    const { matched } = await this.count(target, { most: max }, signal);
    let progress: RevocationProgress = { matched, done: 0, ended: 0 };
    await report(progress);
    if (matched > max) throw new RevocationTooLargeError(max);
    for await (const { ids } of this.pages(target)) {
      for (let from = 0; from < ids.length; from += BATCH) {
        signal?.throwIfAborted();
        progress = await this.revokeBatch(ids.slice(from, from + BATCH), cause, progress);
        await report(progress);
      }
    }
    return progress;
  }

  private async revokeBatch(
    ids: readonly SessionId[],
    cause: RevokeCause,
    { matched, done, ended }: RevocationProgress,
  ): Promise<RevocationProgress> {
    const answers = await Promise.all(ids.map((id) => this.directory.revoke(id, cause)));
    return {
      matched: Math.max(matched, done + ids.length),
      done: done + ids.length,
      ended: ended + answers.filter(Boolean).length,
    };
  }

  private async *pages({ filter, except, before }: RevocationTarget): AsyncGenerator<{
    readonly ids: readonly SessionId[];
    readonly examined: number;
    readonly isLast: boolean;
  }> {
    const createdBefore = Math.min(filter.createdBefore ?? Infinity, before);
    let cursor: string | undefined;
    do {
      const page = await this.search.search(
        { ...filter, createdBefore },
        { limit: PAGE, ...(cursor !== undefined && { cursor }) },
      );
      cursor = page.nextCursor;
      const ids = page.items.map(({ id }) => id).filter((id) => !except.includes(id));
      yield { ids, examined: page.examined, isLast: cursor === undefined };
    } while (cursor !== undefined);
  }
}

/** More sessions match than the caller allowed to be ended; none was. */
export class RevocationTooLargeError extends SessionInputInvalidError {
  constructor(max: number) {
    super('max', `is ${max}, and more sessions match; none has been ended`);
  }
}
