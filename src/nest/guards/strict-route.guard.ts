import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { refusalOf } from '../../core/refusal.js';
import { findRequestSession } from '../../express/request-session-of.js';
import type { RequestSession } from '../../express/request-session.js';
import { requestOf } from '../request-of.js';
import { marksOf } from '../route-marks.js';

/**
 * Behind `@StrictSession()`. A session that turns out to have ended is refused, because guards before
 * this one may have let it pass; a `@Public()` route goes on without it.
 */
@Injectable()
export class StrictRouteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const requestSession = findRequestSession(requestOf(context));
    if (!requestSession?.isCached || !marksOf(context).isStrict) return true;
    return this.ask(context, requestSession);
  }

  /** @throws SessionEndedError, SessionRequiredError, SessionStoreUnavailableError */
  private async ask(context: ExecutionContext, requestSession: RequestSession): Promise<boolean> {
    await requestSession.refresh();
    if (requestSession.active || marksOf(context).isPublic) return true;
    throw refusalOf(requestSession.verdict);
  }
}
