/**
 * Heights for bars one upon the other: each series is drawn over the one before, so the first is
 * the sum of all, and the last stands as it is.
 */
export const stacked = (series: readonly (readonly number[])[]): number[][] =>
  series.map((values, index) =>
    values.map((_, at) => series.slice(index).reduce((sum, other) => sum + (other[at] ?? 0), 0)),
  );
