import type { SessionId } from '../../core/ids.js';
import type { RequestContext } from '../../core/operations.js';
import type { SessionStore } from '../../core/session-store.js';
import { networkOf } from './address-network.js';
import { AddressThrottle } from './address-throttle.js';

const PER_SESSION = 100;
const PER_ADDRESS = 1_000;

/**
 * Bounds how often one address may present tokens of no session that is known: of each such session,
 * and of all together. The first is so low that one browser with a cookie long dead cannot use the
 * second up, which stands for everybody behind the address. Even where that is used up, a token is
 * looked up before it is called one too many: most of those behind the address hold a good one.
 */
export class UnknownTokenThrottle {
  private readonly ofSession: AddressThrottle;
  private readonly ofAddress: AddressThrottle;

  constructor(store: Pick<SessionStore, 'rateLimiter'>) {
    this.ofSession = new AddressThrottle('unknownsession', PER_SESSION, store);
    this.ofAddress = new AddressThrottle('unknown', PER_ADDRESS, store);
  }

  /** Whether the session need not be looked up again. */
  isExhausted(id: SessionId, context: Pick<RequestContext, 'ip'>): boolean {
    return (
      !this.ofSession.isQuiet && this.ofSession.isExhausted(sourceOf(id, networkOf(context.ip)))
    );
  }

  /** Counts one; false over either bound. */
  async take(id: SessionId, { ip }: Pick<RequestContext, 'ip'>): Promise<boolean> {
    const network = networkOf(ip);
    if (this.ofAddress.isExhausted(network)) return false;
    const allowed = await Promise.all([
      this.ofSession.take(sourceOf(id, network)),
      this.ofAddress.take(network),
    ]);
    return allowed.every(Boolean);
  }
}

const sourceOf = (id: SessionId, network: string): string => `${id}@${network}`;
