import { CONNECTIONS, type Contestant } from './bench-run.js';
import { median } from './latencies.js';
import { SteadyLoad } from './load.js';

export const REQUESTS_PER_SECOND = 2_000;
const LEAD_MS = 300;

/** One row's turn at the fixed rate. */
export interface SteadySlice {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the requests due, the share that was answered in time; less than 1 where it is too much. */
  readonly keptUp: number;
}

export async function measureAtRate(
  { place, visitors }: Contestant,
  sliceMs: number,
): Promise<SteadySlice> {
  const load = await SteadyLoad.start(place, visitors, {
    connections: CONNECTIONS,
    perSecond: REQUESTS_PER_SECOND,
  });
  await load.run(LEAD_MS);
  const began = performance.now();
  const latencies = await load.run(sliceMs);
  const due = ((performance.now() - began) / 1_000) * REQUESTS_PER_SECOND;
  await load.stop();
  return {
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    keptUp: Math.min(1, latencies.count / due),
  };
}

/** What a row adds to bare Nest, round by round, of which the median counts. */
export function addedMs(
  slices: ReadonlyMap<string, readonly SteadySlice[]>,
  row: string,
  figure: 'p50Ms' | 'p99Ms',
): number {
  const bare = slices.get('bare')!;
  return median(slices.get(row)!.map((slice, round) => slice[figure] - bare[round]![figure]));
}
