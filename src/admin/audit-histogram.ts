import type { AuditFilter } from '../audit/audit-query.js';
import type { AuditReports, AuditTally } from '../audit/audit-reports.js';
import { SessionInputInvalidError } from '../core/errors.js';
import { isoTime } from '../core/iso-time.js';
import type { AuditBucketView, AuditHistogramView } from './admin-views.js';

const SECOND_MS = 1_000;
const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

/** Lengths that people read well. */
const LENGTHS: readonly number[] = [
  SECOND_MS,
  5 * SECOND_MS,
  15 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  31 * DAY_MS,
];
const FEW = 120;
const MOST = 1_000;

export interface HistogramRequest {
  /** Its `from` and `to` are the last day where they are not given. */
  readonly filter: AuditFilter;
  /** Default: so that there are at most 120. */
  readonly bucketMs: number | undefined;
  readonly now: number;
}

/** @throws SessionInputInvalidError naming `from` or `bucketMs` */
export async function readHistogram(
  audit: Pick<AuditReports, 'tally'>,
  { filter, bucketMs: asked, now }: HistogramRequest,
): Promise<AuditHistogramView> {
  const { to = now + 1, from = to - DAY_MS } = filter;
  if (from >= to) throw new SessionInputInvalidError('from', 'must be before to');
  const bucketMs = asked ?? LENGTHS.find((length) => (to - from) / length <= FEW);
  if (bucketMs === undefined || (to - from) / bucketMs > MOST)
    throw new SessionInputInvalidError(
      asked === undefined ? 'from' : 'bucketMs',
      `must be such that there are at most ${MOST} stretches from from to to`,
    );
  const range = { ...filter, from, to };
  const [all, failures] = await Promise.all([
    audit.tally(range, bucketMs, []),
    failuresIn(audit, range, bucketMs),
  ]);
  return {
    from: isoTime(from),
    to: isoTime(to),
    bucketMs,
    total: all.reduce((sum, { count }) => sum + count, 0),
    buckets: bucketsOf(all, failures),
  };
}

/** Apart from the rest: both are counted in the index, while a trait to tell them by would be sorted. */
async function failuresIn(
  audit: Pick<AuditReports, 'tally'>,
  range: AuditFilter,
  bucketMs: number,
): Promise<readonly AuditTally[]> {
  if (range.outcome === 'success') return [];
  return audit.tally({ ...range, outcome: 'failure' }, bucketMs, []);
}

/** An event may have come between the two counts. */
function bucketsOf(
  all: readonly AuditTally[],
  failures: readonly AuditTally[],
): readonly AuditBucketView[] {
  const failed = new Map(failures.map(({ from, count }) => [from, count]));
  return all.map(({ from, count }) => ({
    from: isoTime(from),
    count,
    failures: Math.min(count, failed.get(from) ?? 0),
  }));
}
