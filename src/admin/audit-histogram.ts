import type { AuditFilter } from '../audit/audit-query.js';
import type { AuditReports, AuditTally } from '../audit/audit-reports.js';
import { SessionInputInvalidError } from '../core/errors.js';
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
  const tallies = await audit.tally({ ...filter, from, to }, bucketMs, ['outcome']);
  return {
    from: isoTime(from),
    to: isoTime(to),
    bucketMs,
    total: tallies.reduce((sum, { count }) => sum + count, 0),
    buckets: bucketsOf(tallies),
  };
}

function bucketsOf(tallies: readonly AuditTally[]): readonly AuditBucketView[] {
  const buckets = new Map<number, { count: number; failures: number }>();
  for (const { from, count, outcome } of tallies) {
    const bucket = buckets.get(from) ?? { count: 0, failures: 0 };
    bucket.count += count;
    if (outcome === 'failure') bucket.failures += count;
    buckets.set(from, bucket);
  }
  return [...buckets].map(([from, bucket]) => ({ from: isoTime(from), ...bucket }));
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
