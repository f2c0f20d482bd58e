import type { Request } from 'express';
import type { ParsedToken } from '../core/ids.js';
import type { RequestContext } from '../core/operations.js';
import type { SessionCore } from '../core/session-core.js';
import type { Verdict } from '../core/verdict.js';
import { lazyContextOf } from './request-context.js';
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

  /**
   * One read of the store; none, and no promise either, where the session is kept near, or the
   * cookie's signature or format fails.
   */
  resolve(request: Request): Verdict | Promise<Verdict> {
    const token = this.cookie.read(request);
    if (!token) return { state: 'none' };
    return this.core.lifecycle.resolveCached(token) ?? this.find(token, lazyContextOf(request));
  }

  private async find(token: ParsedToken, context: RequestContext): Promise<Verdict> {
    if (this.unknownThrottle.isExhausted(token.sessionId, context)) return { state: 'throttled' };
    const verdict = await this.core.lifecycle.resolve(token, context);
    if (verdict.state === 'unknown' && !(await this.unknownThrottle.take(token.sessionId, context)))
      return { state: 'throttled' };
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
