import { median } from './latencies.js';
import type { Slice } from './throughput.js';

export type Slices = ReadonlyMap<string, readonly Slice[]>;

/** How much of a figure of the one row the other has: the median of the ratios within each round. */
function ratio(slices: Slices, row: string, to: string, of: (slice: Slice) => number): number {
  const reference = slices.get(to)!;
  return median(slices.get(row)!.map((slice, round) => of(slice) / of(reference[round]!)));
}

/** Of requests served a second. */
export const throughputRatio = (slices: Slices, row: string, to: string): number =>
  ratio(slices, row, to, (slice) => slice.requestsPerSecond);

/**
 * Of requests served for the same CPU time. The same ratio, where nothing else wants the core; where
 * something does, throughput suffers from it and this does not.
 */
export const cpuRatio = (slices: Slices, row: string, to: string): number =>
  ratio(slices, row, to, (slice) => 1 / slice.cpuUsPerRequest);
