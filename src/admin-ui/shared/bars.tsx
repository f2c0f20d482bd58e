import { useEffect, useRef, useState, type ReactNode } from 'react';
import uPlot from 'uplot';
import { stacked } from './stacked.js';

export interface BarSeries {
  readonly name: string;
  /** One for each time. */
  readonly values: readonly number[];
  /** The name of a custom property. */
  readonly color: string;
}

export interface BarsProps {
  /** What the picture shows, in words. */
  readonly label: string;
  /** When each bar begins, in milliseconds; a bar ends where the next begins. */
  readonly times: readonly number[];
  readonly series: readonly BarSeries[];
  readonly onPick?: (index: number) => void;
  readonly onPoint?: (index: number | undefined) => void;
}

const HEIGHT = 160;
/** Of the axis, in counts, so that one event alone is no tower. */
const LEAST_HEIGHT = 4;
const COUNT_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power))
  .toSorted((left, right) => left - right);
const FONT = '11px system-ui, sans-serif';

/** Bars over time, one upon the other. Where it matters, a table beside it says the same. */
export function Bars(props: BarsProps): ReactNode {
  const { label, times, series } = props;
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const shape = series.map(({ name }) => name).join('\n');
  const chart = useRef<uPlot>(undefined);
  useEffect(() => {
    const element = place.current!;
    const plot = draw(element, latest);
    chart.current = plot;
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [shape, theme]);
  useEffect(() => chart.current?.setData(dataOf({ times, series })), [times, series]);
  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

/** Changes with the system's setting, for the canvas does not do so by itself. */
function useTheme(): boolean {
  const [isDark, setDark] = useState(() => query().matches);
  useEffect(() => {
    const dark = query();
    const take = (): void => setDark(dark.matches);
    dark.addEventListener('change', take);
    return () => dark.removeEventListener('change', take);
  }, []);
  return isDark;
}

const query = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

const dataOf = ({ times, series }: Pick<BarsProps, 'times' | 'series'>): uPlot.AlignedData => [
  times.map((time) => time / 1_000),
  ...stacked(series.map(({ values }) => values)),
];

function draw(element: HTMLElement, latest: { readonly current: BarsProps }): uPlot {
  const options = optionsOf(element, latest.current.series);
  const setCursor = [
    ({ cursor }: uPlot): void => latest.current.onPoint?.(cursor.idx ?? undefined),
  ];
  return new uPlot({ ...options, hooks: { setCursor } }, dataOf(latest.current), (plot, start) => {
    element.replaceChildren(plot.root);
    plot.over.addEventListener('click', () => {
      const index = plot.cursor.idx;
      if (typeof index === 'number') latest.current.onPick?.(index);
    });
    start();
  });
}

function optionsOf(element: HTMLElement, series: readonly BarSeries[]): uPlot.Options {
  const color = (name: string): string => resolvedColor(element, name);
  const paths = uPlot.paths.bars!({ size: [0.8, 32], align: 1 });
  const grid = { stroke: color('--line'), width: 1 };
  const axis = { stroke: color('--quiet'), font: FONT, ticks: { show: false } };
  const bars = series.map((one) => ({
    label: one.name,
    fill: color(one.color),
    width: 0,
    paths,
    points: { show: false },
  }));
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: true, range: toEndOfLastBar }, y: { range: fromNothing } },
    series: [{}, ...bars],
    axes: [
      { ...axis, grid: { show: false } },
      { ...axis, grid, size: 48, incrs: COUNT_STEPS },
    ],
  };
}

const fromNothing = (_plot: uPlot, _least: number, most: number): [number, number] => [
  0,
  Math.max(most, LEAST_HEIGHT),
];

/** A bar begins at its time, so the last one ends a bar's width after the last time. */
function toEndOfLastBar({ data: [times] }: uPlot, min: number, max: number): [number, number] {
  const [first = min, second = first + 1] = times;
  return [min, max + second - first];
}

/** A canvas needs the colour itself, not the property that holds it. */
function resolvedColor(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
