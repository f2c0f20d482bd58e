/** What a connection has shown of itself: what was sent before `at` has arrived. */
export class LinkProof {
  private at = -Infinity;

  /** An answer has come to what was asked at `askedAt`, after all that was sent before it. */
  renew(askedAt: number): void {
    this.at = Math.max(this.at, askedAt);
  }

  isYoungerThan(ageMs: number): boolean {
    return performance.now() - this.at < ageMs;
  }
}

/**
 * A stretch of listening on one channel without a break. Nothing that is sent in it is lost; while
 * the proof is younger than some time, nothing is later than that.
 */
export class ChannelHold {
  private broken = false;

  constructor(private readonly proof: LinkProof) {}

  get isUnbroken(): boolean {
    return !this.broken;
  }

  isProvenWithin(leaseMs: number): boolean {
    return !this.broken && this.proof.isYoungerThan(leaseMs);
  }

  break(): void {
    this.broken = true;
  }
}
