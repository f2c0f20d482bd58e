import { useMemo, useState, type ReactNode } from 'react';
import type { AuditBucketView, AuditHistogramView } from '../../../admin/admin-views.js';
import type { Query } from '../../shared/api.js';
import { Bars, type BarSeries } from '../../shared/bars.js';
import { texts } from '../../shared/texts.js';
import { exactTime } from '../../shared/time.js';
import { useAnswer } from '../admin-context.js';

export interface AuditChartProps {
  readonly filter: Query;
  readonly onRange: (range: { readonly from: string; readonly to: string }) => void;
}

/** How many events there were over time; a bar narrows the range to itself. */
export function AuditChart({ filter, onRange }: AuditChartProps): ReactNode {
  const { data } = useAnswer<AuditHistogramView>('audit/histogram', filter, { keep: 'previous' });
  const [pointed, setPointed] = useState<number>();
  const buckets = useMemo(() => (data ? allBuckets(data) : []), [data]);
  const times = useMemo(() => buckets.map(({ from }) => Date.parse(from)), [buckets]);
  const series = useMemo(() => seriesOf(buckets), [buckets]);
  if (!data) return <div className="panel chart-space" />;
  const pick = (index: number): void => {
    const from = times[index];
    if (from === undefined) return;
    onRange({
      from: new Date(from).toISOString(),
      to: new Date(from + data.bucketMs).toISOString(),
    });
  };
  const at = pointed === undefined ? undefined : buckets[pointed];
  return (
    <figure className="panel">
      <figcaption className="row spread small">
        <strong>{texts.audit.chart}</strong>
        <span className="quiet number">
          {at ? bucketText(at) : `${texts.audit.events(data.total)} · ${texts.audit.chartHint}`}
        </span>
      </figcaption>
      <Bars
        label={`${texts.audit.chart}: ${texts.audit.events(data.total)}`}
        times={times}
        series={series}
        onPick={pick}
        onPoint={setPointed}
      />
      <BucketTable buckets={buckets} onPick={pick} />
    </figure>
  );
}

const seriesOf = (buckets: readonly AuditBucketView[]): readonly BarSeries[] => [
  {
    name: texts.audit.events(2),
    color: '--series-1',
    values: buckets.map(({ count, failures }) => count - failures),
  },
  {
    name: texts.audit.failures,
    color: '--series-2',
    values: buckets.map(({ failures }) => failures),
  },
];

/** The API leaves stretches without events out; the chart has them, as nothing. */
function allBuckets({ from, to, bucketMs, buckets }: AuditHistogramView): AuditBucketView[] {
  const known = new Map(buckets.map((bucket) => [Date.parse(bucket.from), bucket]));
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs;
  const count = Math.ceil((Date.parse(to) - first) / bucketMs);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => {
    const at = first + index * bucketMs;
    return known.get(at) ?? { from: new Date(at).toISOString(), count: 0, failures: 0 };
  });
}

const bucketText = ({ from, count, failures }: AuditBucketView): string =>
  texts.audit.bar(
    exactTime(from),
    failures === 0
      ? texts.audit.events(count)
      : `${texts.audit.events(count)}, ${failures} ${texts.audit.failures}`,
  );

interface BucketTableProps {
  readonly buckets: readonly AuditBucketView[];
  readonly onPick: (index: number) => void;
}

/** The chart for those who do not see or point at it. */
function BucketTable({ buckets, onPick }: BucketTableProps): ReactNode {
  return (
    <details className="small">
      <summary>{texts.audit.chartTable}</summary>
      <ul className="bucket-list">
        {buckets.map((bucket, index) =>
          bucket.count === 0 ? null : (
            <li key={bucket.from}>
              <button type="button" className="link" onClick={() => onPick(index)}>
                {bucketText(bucket)}
              </button>
            </li>
          ),
        )}
      </ul>
    </details>
  );
}
