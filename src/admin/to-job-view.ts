import type { JobRecord } from '../core/directory/job-record.js';
import { isoTime } from '../core/iso-time.js';
import type {
  JobView,
  RevokeEverythingJobView,
  RevokeJobView,
  VerifyJobView,
} from './admin-views.js';

/** What `AdminJobs` has put into a job of each kind. */
interface RevokeDetails {
  readonly matched: number | null;
  readonly ended: number;
  readonly max: number;
  readonly before: number;
}

/** Lists fields by hand, as every view does. */
export function toJobView(job: JobRecord): JobView {
  switch (job.kind) {
    case 'revoke':
      return toRevokeView(job);
    case 'revoke-everything':
      return toRevokeEverythingView(job);
    case 'verify-audit':
      return toVerifyView(job);
  }
}

export function toRevokeView(job: JobRecord): RevokeJobView {
  const { matched, ended, max, before } = job.details as unknown as RevokeDetails;
  return { ...baseOf(job), kind: 'revoke', matched, ended, max, before: isoTime(before) };
}

const toRevokeEverythingView = (job: JobRecord): RevokeEverythingJobView => ({
  ...baseOf(job),
  kind: 'revoke-everything',
});

export const toVerifyView = (job: JobRecord): VerifyJobView => ({
  ...baseOf(job),
  kind: 'verify-audit',
  result: (job.details as unknown as Pick<VerifyJobView, 'result'>).result,
});

const baseOf = (job: JobRecord) => ({
  id: job.id,
  state: job.state,
  startedAt: isoTime(job.startedAt),
  updatedAt: isoTime(job.updatedAt),
  progress: { done: job.done, total: job.total },
  errorCode: job.errorCode,
});
