import type { AuditEventType } from '../core/audit/audit-event.js';
import type { AuditFilter, AuditQuery, AuditView } from './audit-query.js';
import type { AuditHealth, AuditRelayState } from './audit-relay.js';
import type { AuditVerification, AuditVerifyOptions } from './audit-verification.js';

/** Token of the `AuditReports` that the audit module provides. */
export const AUDIT_REPORTS = Symbol('AUDIT_REPORTS');

/** What a tally tells events apart by, besides their time. */
export type AuditTrait = 'type' | 'reason' | 'outcome';

/** How many events there are of one stretch of time and, where asked for, one type and so on. */
export interface AuditTally {
  /** Where the stretch begins. */
  readonly from: number;
  readonly count: number;
  readonly type?: AuditEventType;
  readonly reason?: string;
  readonly outcome?: 'success' | 'failure';
}

/** What operators see of the audit as a whole. */
export interface AuditReports extends AuditQuery {
  /**
   * Counts events by stretches of `bucketMs`, which begin at multiples of it since 1970; oldest
   * first, and none for a stretch without events. One grouped query over the time asked for.
   * @throws SessionInputInvalidError
   */
  tally(
    filter: AuditFilter,
    bucketMs: number,
    traits: readonly AuditTrait[],
  ): Promise<readonly AuditTally[]>;
  export(filter: AuditFilter): AsyncIterable<AuditView>;
  verify(options?: AuditVerifyOptions): Promise<AuditVerification>;
  health(): Promise<AuditHealth>;
  /** The part of `health` that this process knows without asking anybody. */
  relayState(): AuditRelayState;
}
