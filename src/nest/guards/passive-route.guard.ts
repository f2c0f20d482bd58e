import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { findRequestSession } from '../../express/request-session-of.js';
import { PASSIVE_ROUTE } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';

/**
 * Behind `@Passive()`. Refuses nobody: it is a guard because only guards see what other guards
 * refuse, and a refused request to a passive route is no activity either.
 */
@Injectable()
export class PassiveRouteGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const requestSession = findRequestSession(requestOf(context));
    const targets = [context.getHandler(), context.getClass()];
    if (requestSession)
      requestSession.passive =
        this.reflector.getAllAndOverride<boolean>(PASSIVE_ROUTE, targets) ?? false;
    return true;
  }
}
