import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { SessionThrottledError } from '../core/errors.js';

/** Bounds what one address may cause in a minute, on this node. */
export class AddressThrottle {
  private readonly limiter: RateLimiterMemory;

  constructor(name: string, pointsPerMinute: number) {
    this.limiter = new RateLimiterMemory({
      keyPrefix: name,
      points: pointsPerMinute,
      duration: 60,
    });
  }

  /** Counts one. @throws SessionThrottledError over the bound */
  async consume(address: string | undefined): Promise<void> {
    try {
      await this.limiter.consume(address ?? '');
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw new SessionThrottledError();
      throw refusal;
    }
  }

  /** Whether the address is over the bound already; counts nothing. */
  async isExhausted(address: string | undefined): Promise<boolean> {
    const state = await this.limiter.get(address ?? '');
    return state !== null && state.remainingPoints <= 0;
  }
}
