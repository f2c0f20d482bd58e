import { useMemo, useState, type ReactNode } from 'react';
import type { ActivityView } from '../../../admin/admin-views.js';
import { Bars, type BarSeries } from '../../shared/bars.js';
import { numberText, texts } from '../../shared/texts.js';
import { exactTime } from '../../shared/time.js';

const COLORS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5'];
const REST = '--series-6';

export function Activity({ activity }: { readonly activity: ActivityView }): ReactNode {
  const times = useMemo(() => timesOf(activity), [activity]);
  const signIns = useMemo(
    () => [seriesOf(texts.overview.signIns, activity.signIns, times, 0)],
    [activity, times],
  );
  const endings = useMemo(() => endingsOf(activity, times), [activity, times]);
  return (
    <div className="columns halves">
      <Chart title={texts.overview.signIns} times={times} series={signIns} />
      <Chart title={texts.overview.endings} times={times} series={endings} />
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly BarSeries[];
}

function Chart({ title, times, series }: ChartProps): ReactNode {
  const [pointed, setPointed] = useState<number>();
  const rows = times.map((time, index) => rowText(time, series, index));
  return (
    <figure className="panel">
      <figcaption className="row spread small">
        <h2>{title}</h2>
        <span className="quiet number">{pointed === undefined ? '' : rows[pointed]}</span>
      </figcaption>
      <Bars label={title} times={times} series={series} onPoint={setPointed} />
      {series.some(({ name }) => name !== title) && <Legend series={series} />}
      <details className="small">
        <summary>{texts.audit.chartTable}</summary>
        <ul className="bucket-list">
          {rows.map((row) => (
            <li key={row}>{row}</li>
          ))}
        </ul>
      </details>
    </figure>
  );
}

const rowText = (time: number, series: readonly BarSeries[], index: number): string => {
  const told = series
    .filter(({ values }) => (values[index] ?? 0) > 0)
    .map(({ name, values }) => `${name} ${numberText(values[index] ?? 0)}`);
  return texts.audit.bar(exactTime(time), told.join(', ') || numberText(0));
};

const Legend = ({ series }: { readonly series: readonly BarSeries[] }): ReactNode => (
  <ul className="row legend small">
    {series.map(({ name, color }) => (
      <li key={name} className={`row key ${color.slice(2)}`}>
        <span className="dot" aria-hidden="true" />
        {name}
      </li>
    ))}
  </ul>
);

type Counts = readonly { readonly from: string; readonly count: number }[];

function timesOf({ from, to, bucketMs }: ActivityView): readonly number[] {
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs;
  const count = Math.ceil((Date.parse(to) - first) / bucketMs);
  return Array.from({ length: count }, (_, index) => first + index * bucketMs);
}

function seriesOf(
  name: string,
  counts: Counts,
  times: readonly number[],
  place: number,
): BarSeries {
  const known = new Map<number, number>();
  for (const { from, count } of counts) {
    const at = Date.parse(from);
    known.set(at, (known.get(at) ?? 0) + count);
  }
  const values = times.map((time) => known.get(time) ?? 0);
  return { name, color: COLORS[place] ?? REST, values };
}

/** The reasons that there are most of, each with a colour of its own, and the rest together. */
function endingsOf({ endings }: ActivityView, times: readonly number[]): readonly BarSeries[] {
  const totals = new Map<string, number>();
  for (const { reason, count } of endings) totals.set(reason, (totals.get(reason) ?? 0) + count);
  const reasons = [...totals].toSorted(([, left], [, right]) => right - left).map(([name]) => name);
  const main = reasons.slice(0, COLORS.length);
  const series = main.map((reason, place) =>
    seriesOf(
      reason,
      endings.filter((one) => one.reason === reason),
      times,
      place,
    ),
  );
  const rest = endings.filter(({ reason }) => !main.includes(reason));
  if (rest.length === 0) return series.length > 0 ? series : [seriesOf(texts.none, [], times, 0)];
  return [...series, seriesOf(texts.overview.otherReasons, rest, times, COLORS.length)];
}
