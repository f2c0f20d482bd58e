import type { IncomingMessage } from 'node:http';
import { SessionThrottledError } from '../core/errors.js';
import type { RequestContext } from '../core/operations.js';
import type { SessionCore } from '../core/session-core.js';
import type { Verdict } from '../core/verdict.js';
import type { SessionCookie } from './session-cookie.js';
import { UnknownTokenThrottle } from './throttle/unknown-token-throttle.js';

/** Says what the session cookie of a request is worth; requests and handshakes ask it alike. */
export class CookieResolver {
  private readonly unknownThrottle: UnknownTokenThrottle;

  constructor(
    private readonly core: SessionCore,
    readonly cookie: SessionCookie,
  ) {
    this.unknownThrottle = new UnknownTokenThrottle(core.store);
  }

  /** One read of the store, and none where the cookie's signature or format already fails. */
  async resolve(request: IncomingMessage, context: RequestContext): Promise<Verdict> {
    const token = this.cookie.read(request);
    if (!token) return { state: 'none' };
    const { sessionId } = token;
    if (this.unknownThrottle.isExhausted(sessionId, context.ip)) return throttled();
    const verdict = await this.core.lifecycle.resolve(token, context);
    if (verdict.state === 'unknown' && !(await this.unknownThrottle.take(sessionId, context.ip)))
      return throttled();
    this.noteUseAfterEnd(verdict, context);
    return verdict;
  }

  private noteUseAfterEnd(verdict: Verdict, context: RequestContext): void {
    if (!('late' in verdict) || verdict.late) return;
    const { sessionId, reason } = verdict;
    void this.core.facts.record({
      type: 'session.used_after_end',
      key: sessionId,
      sessionId,
      reason,
      context: { initiator: 'user', ...context },
    });
  }
}

const throttled = (): Verdict => ({
  state: 'unavailable',
  error: new SessionThrottledError(),
});
