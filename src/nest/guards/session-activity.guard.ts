import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { SessionCore } from '../../core/session-core.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { requestOf } from '../request-of.js';
import { SESSION_CORE } from '../session.tokens.js';

/**
 * Gives the token of each request its due before the handler runs: the first use of a new one is
 * noted, one that has come of age is exchanged. Failing to is no reason to fail the request. It is a
 * guard because an interceptor, of which only few requests are in need, costs every request.
 */
@Injectable()
export class SessionActivityGuard implements CanActivate {
  constructor(@Inject(SESSION_CORE) private readonly core: SessionCore) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const due = findRequestSession(requestOf(context))?.attend();
    return due ? due.catch(this.core.reportError).then(() => true) : true;
  }
}
