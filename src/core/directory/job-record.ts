import type { JsonObject } from '../audit/audit-event.js';

export type JobKind = 'revoke' | 'revoke-everything' | 'verify-audit';

/**
 * `refused`: it asked for more than it may, and has changed nothing. `interrupted`: its process has
 * not been heard of for a while; asking for the same again is safe.
 */
export type JobState = 'running' | 'done' | 'refused' | 'failed' | 'interrupted';

/** Long work, as any process can tell of it. Times are whole milliseconds. */
export interface JobRecord {
  readonly id: string;
  readonly kind: JobKind;
  /** Whose it is: an operator's of one tenant, or null, of all. */
  readonly tenantId: string | null;
  readonly state: JobState;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly done: number;
  /** Null where nobody knows. */
  readonly total: number | null;
  /** With `failed` only. */
  readonly errorCode: string | null;
  /** What the kind has to tell besides. */
  readonly details: JsonObject;
}

/** What work tells as it goes on; what is left out stays as it is. */
export type JobProgress = Partial<Pick<JobRecord, 'done' | 'total' | 'details'>> & {
  readonly state?: 'refused';
};

const ID_FORMAT = /^[\w-]{16,40}$/;

/** Undefined for anything that no job can be called. */
export const parseJobId = (text: string): string | undefined =>
  ID_FORMAT.test(text) ? text : undefined;
