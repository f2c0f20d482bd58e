import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { SessionCore } from '../../core/session-core.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { PASSIVE_ROUTE } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';
import { SESSION_CORE } from '../session.tokens.js';

/**
 * Gives the token of each request its due before the handler runs: the first use of a new one is
 * noted, one that has come of age is exchanged. Only here is it known whether a route is passive.
 */
@Injectable()
export class SessionActivityInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const requestSession = findRequestSession(requestOf(context));
    if (requestSession) {
      const targets = [context.getHandler(), context.getClass()];
      requestSession.passive =
        this.reflector.getAllAndOverride<boolean>(PASSIVE_ROUTE, targets) ?? false;
      await requestSession.attend().catch(this.core.reportError);
    }
    return next.handle();
  }
}
