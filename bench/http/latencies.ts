const BUCKET_US = 10;
const LONGEST_MS = 2_000;

/** How long requests took, to a hundredth of a millisecond; what took over two seconds counts as that. */
export class Latencies {
  private readonly buckets = new Uint32Array((LONGEST_MS * 1_000) / BUCKET_US + 1);
  count = 0;

  add(milliseconds: number): void {
    const bucket = Math.floor((milliseconds * 1_000) / BUCKET_US);
    this.buckets[Math.min(bucket, this.buckets.length - 1)]! += 1;
    this.count += 1;
  }

  /** Milliseconds that the given share of the requests took at most. */
  quantile(share: number): number {
    const wanted = share * this.count;
    let seen = 0;
    for (let bucket = 0; bucket < this.buckets.length; bucket += 1) {
      seen += this.buckets[bucket]!;
      if (seen >= wanted && seen > 0) return ((bucket + 1) * BUCKET_US) / 1_000;
    }
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
