import { AuditUnavailableError, SessionError } from '../core/errors.js';
import { within } from '../core/within.js';
import type { AuditLogger } from './audit-relay.js';
import { errorCodeOf } from './sql-errors.js';

export interface AuditReaderOptions {
  /** How long an answer of the database is waited for. */
  readonly timeoutMs: number;
  readonly logger: AuditLogger;
}

/**
 * Asks the audit's database for those who wait for an answer. That it is away is told by one error,
 * and logged once when that begins and once when it is over.
 */
export class AuditReader {
  private isAway = false;

  constructor(private readonly options: AuditReaderOptions) {}

  /** Waits no longer than the timeout. @throws AuditUnavailableError */
  ask<Result>(operation: string, work: () => Promise<Result>): Promise<Result> {
    return this.follow(operation, () => within(this.options.timeoutMs, work()));
  }

  /**
   * For what takes as long as it takes, unless the signal stops it. The library's own errors and the
   * signal's reason pass. @throws AuditUnavailableError
   */
  async follow<Result>(
    operation: string,
    work: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    try {
      const result = await work();
      this.noteAnswer();
      return result;
    } catch (error) {
      if (error instanceof SessionError || error === signal?.reason) throw error;
      this.noteFailure(errorCodeOf(error));
      throw new AuditUnavailableError(operation, error);
    }
  }

  private noteAnswer(): void {
    if (this.isAway) this.options.logger.log('The audit can be read again');
    this.isAway = false;
  }

  private noteFailure(code: string): void {
    if (!this.isAway) this.options.logger.warn(`The audit cannot be read: ${code}`);
    this.isAway = true;
  }
}
