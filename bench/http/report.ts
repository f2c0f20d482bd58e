import { addedMs, REQUESTS_PER_SECOND, type SteadySlice } from './added-latency.js';
import { allocatedShare, type Counts } from './counts.js';
import { median } from './latencies.js';
import { cpuRatio, throughputRatio, type Slices } from './ratios.js';
import { ROWS, PRINCIPAL_ROWS } from './rows.js';
import type { Slice } from './throughput.js';

export interface Measurements {
  /** Version of the servers' Node. */
  readonly node: string;
  readonly slices: Slices;
  readonly steady: ReadonlyMap<string, readonly SteadySlice[]>;
  readonly counts: ReadonlyMap<string, Counts>;
}

/** Names of the ratios in the last line, and the rows that each is of. */
const RATIOS: Readonly<Record<string, readonly [row: string, to: string]>> = {
  strictOverConnectRedis: ['strict', 'connect-redis'],
  nearOverConnectRedis: ['near', 'connect-redis'],
  nearOverBareNest: ['near', 'bare'],
  nearOverJwt: ['near', 'jwt'],
  strictOverBareNest: ['strict', 'bare'],
  strictOverJwt: ['strict', 'jwt'],
  strictDataOverConnectRedis: ['strict-data', 'connect-redis'],
  nearDataOverConnectRedis: ['near-data', 'connect-redis'],
  jwtOverBareNest: ['jwt', 'bare'],
  memoryOverBareNest: ['memory', 'bare'],
  connectRedisOverBareNest: ['connect-redis', 'bare'],
  betterAuthOverBareNest: ['better-auth', 'bare'],
  betterAuthCookieCacheOverBareNest: ['better-auth-cache', 'bare'],
  ironSessionOverBareNest: ['iron-session', 'bare'],
};

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const figureOf = (slices: Slices, row: string, figure: keyof Slice): number =>
  median(slices.get(row)!.map((slice) => slice[figure]));

const titleOf = (name: string): string => ROWS.find((row) => row.name === name)!.title;

/** Tables in Markdown, to be read or pasted. */
export function printTables({ slices, steady, counts }: Measurements): void {
  printTable(
    ['', '÷ bare Nest', 'by CPU', 'requests/s', 'CPU µs', 'core busy', 'Redis', 'p50 ms', 'p99 ms'],
    [...slices.keys()].map((name) => [titleOf(name), ...throughputCells(slices, name)]),
  );
  printTable(
    [
      `at ${REQUESTS_PER_SECOND} requests/s`,
      'p50 ms',
      'p99 ms',
      'added p50',
      'added p99',
      'answered',
    ],
    [...steady.keys()].map((name) => [titleOf(name), ...steadyCells(steady, name)]),
  );
  const ours = [...counts].filter(([, { commands }]) => commands);
  printTable(
    ['Redis commands', 'anonymous', 'read', 'write', 'list of 5', 'kill'],
    ours.map(([name, { commands }]) => [titleOf(name), ...Object.values(commands!).map(String)]),
  );
  printTable(
    ['', 'bytes allocated by a request', 'added to bare Nest, ÷ connect-redis'],
    [...counts].map(([name, { allocatedBytes }]) => [
      titleOf(name),
      allocatedBytes.toFixed(0),
      allocatedShare(counts, name)?.toFixed(2) ?? '',
    ]),
  );
}

function throughputCells(slices: Slices, name: string): readonly string[] {
  const of = (figure: keyof Slice, digits: number): string =>
    figureOf(slices, name, figure).toFixed(digits);
  const toBare = (ratio: typeof throughputRatio): string =>
    slices.has('bare') ? ratio(slices, name, 'bare').toFixed(2) : '';
  return [
    toBare(throughputRatio),
    toBare(cpuRatio),
    of('requestsPerSecond', 0),
    of('cpuUsPerRequest', 1),
    `${(100 * figureOf(slices, name, 'busy')).toFixed(0)} %`,
    of('redisCommandsPerRequest', 2),
    of('p50Ms', 1),
    of('p99Ms', 1),
  ];
}

function steadyCells(steady: Measurements['steady'], name: string): readonly string[] {
  const of = (figure: keyof SteadySlice): number =>
    median(steady.get(name)!.map((slice) => slice[figure]));
  const added = (figure: 'p50Ms' | 'p99Ms'): string =>
    steady.has('bare') ? addedMs(steady, name, figure).toFixed(2) : '';
  return [
    of('p50Ms').toFixed(2),
    of('p99Ms').toFixed(2),
    added('p50Ms'),
    added('p99Ms'),
    `${(100 * of('keptUp')).toFixed(1)} %`,
  ];
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(`\n${[head, head.map(() => '---'), ...rows].map(line).join('\n')}`);
}

/** What the last line of the output holds. */
export function summaryOf(measurements: Measurements): Record<string, unknown> {
  const { node, slices, counts } = measurements;
  const known = Object.entries(RATIOS).filter(([, pair]) => pair.every((row) => slices.has(row)));
  const ratios = (of: typeof throughputRatio): Record<string, number> =>
    Object.fromEntries(known.map(([name, [row, to]]) => [name, round(of(slices, row, to), 3)]));
  return {
    node,
    ...ratios(throughputRatio),
    ...addedShares(measurements),
    redisCommands: Object.fromEntries(
      [...counts].flatMap(([name, { commands }]) => (commands ? [[name, commands]] : [])),
    ),
    allocatedBytes: Object.fromEntries(
      [...counts].map(([name, { allocatedBytes }]) => [name, round(allocatedBytes, 0)]),
    ),
    errors: 0,
    byCpu: ratios(cpuRatio),
    rows: Object.fromEntries([...slices.keys()].map((name) => [name, figuresOf(slices, name)])),
  };
}

/** What ours adds to bare Nest, as a share of what express-session with connect-redis adds. */
function addedShares({ steady }: Measurements): Record<string, number> {
  if (!PRINCIPAL_ROWS.every((row) => steady.has(row))) return {};
  const share = (row: string, figure: 'p50Ms' | 'p99Ms'): number =>
    round(addedMs(steady, row, figure) / addedMs(steady, 'connect-redis', figure), 3);
  return {
    strictAddedP50Share: share('strict', 'p50Ms'),
    strictAddedP99Share: share('strict', 'p99Ms'),
    nearAddedP50Share: share('near', 'p50Ms'),
    nearAddedP99Share: share('near', 'p99Ms'),
  };
}

function figuresOf(slices: Slices, name: string): Partial<Slice> {
  const figures = Object.keys(slices.get(name)![0]!) as (keyof Slice)[];
  return Object.fromEntries(
    figures.map((figure) => [figure, round(figureOf(slices, name, figure), 3)]),
  );
}
