import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { findRequestSession } from '../../express/request-session-of.js';
import { PASSIVE_ROUTE } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';

/**
 * Behind `@Passive()`. Refuses nobody: it is a guard because only guards see what other guards
 * refuse, and a refused request to a passive route is no activity either. A GraphQL request of
 * several fields is passive if all of them are.
 */
@Injectable()
export class PassiveRouteGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const requestSession = findRequestSession(requestOf(context));
    const targets = [context.getHandler(), context.getClass()];
    const isPassive = this.reflector.getAllAndOverride<boolean>(PASSIVE_ROUTE, targets) ?? false;
    if (requestSession) requestSession.passive = (requestSession.passive ?? true) && isPassive;
    return true;
  }
}
