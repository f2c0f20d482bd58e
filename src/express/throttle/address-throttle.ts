import { RateLimiterMemory } from 'rate-limiter-flexible';
import { countingLimiter } from '../../core/network/counting-limiter.js';
import type { RateLimit, RateLimiter, SessionStore } from '../../core/session-store.js';

const WINDOW_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/**
 * Bounds what one source may cause in a minute: over all nodes where the store can count for them,
 * else on this one. What is over its bound is remembered here, so that refusing costs no call.
 */
export class AddressThrottle {
  private readonly limiter: RateLimiter;
  /** By source, when its minute is over. */
  private readonly exhausted = new Map<string, number>();

  constructor(
    name: string,
    private readonly points: number,
    store: Pick<SessionStore, 'rateLimiter'>,
  ) {
    const limit = { name, points, windowMs: WINDOW_MS };
    this.limiter = store.rateLimiter?.(limit) ?? inThisProcess(limit);
  }

  /** Counts one; false over the bound. */
  async take(source: string): Promise<boolean> {
    if (this.isExhausted(source)) return false;
    const { count, resetsInMs } = await this.limiter.consume(source);
    if (count >= this.points) this.remember(source, resetsInMs);
    return count <= this.points;
  }

  /** Whether no source at all is known to be over the bound. */
  get isQuiet(): boolean {
    return this.exhausted.size === 0;
  }

  /** Whether the source is known to be over the bound with its next; counts nothing, asks nobody. */
  isExhausted(source: string): boolean {
    const until = this.exhausted.get(source);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.exhausted.delete(source);
    return false;
  }

  /** Of too many the earliest is forgotten, and costs a call when it comes again. */
  private remember(source: string, forMs: number): void {
    if (this.exhausted.size >= MAX_REMEMBERED) {
      const [earliest] = this.exhausted.keys();
      this.exhausted.delete(earliest!);
    }
    this.exhausted.set(source, performance.now() + forMs);
  }
}

const inThisProcess = ({ points, windowMs }: RateLimit): RateLimiter =>
  countingLimiter(new RateLimiterMemory({ points, duration: windowMs / 1_000 }));
