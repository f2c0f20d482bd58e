import type { AuditAnchor } from '../core/audit/audit-anchor.js';
import type { AuditFinding } from './audit-finding.js';

/** Where a chain ended. */
export interface AuditHead extends AuditAnchor {
  readonly chain: number;
}

export interface AuditVerifyOptions {
  /** What earlier verifications answered as `heads`, kept where nobody can change it. */
  readonly heads?: readonly AuditHead[];
  /** Findings to list, at least 1; more are counted. Default: 100. */
  readonly maxFindings?: number;
  /** Called after each page of rows. */
  readonly onProgress?: (progress: AuditVerifyProgress) => void;
  /** Makes it reject with the signal's reason, after the page under way. */
  readonly signal?: AbortSignal;
}

export interface AuditVerifyProgress {
  /** Rows that have been verified. */
  readonly rows: number;
  /** Rows that were there when it began. */
  readonly total: number;
  /** The chain under way. */
  readonly chain: number;
}

export interface AuditVerification {
  /** Nothing was found. It says nothing of the ends of the chains in `unanchored`. */
  readonly valid: boolean;
  readonly rows: number;
  readonly chains: number;
  /** Rows whose personal values were replaced, as recorded. */
  readonly pseudonymised: number;
  readonly findings: readonly AuditFinding[];
  /** All that were made, listed or not. */
  readonly findingCount: number;
  /** The end of every chain, to be kept elsewhere and given to a later verification. */
  readonly heads: readonly AuditHead[];
  /** Chains whose end is noted nowhere, so that cutting it off would not be seen. */
  readonly unanchored: readonly number[];
}
