import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { requireSignedIn } from '../current-session.js';
import { PUBLIC_ROUTE } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';

/**
 * Lets signed-in sessions pass and nothing else; not a store that does not answer, nor a request
 * that the session middleware has not seen. As a global guard, `@Public()` opens single routes.
 * @throws SessionRequiredError, SessionEndedError, SessionStoreUnavailableError @publicApi
 */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_ROUTE, targets)) return true;
    requireSignedIn(requestOf(context));
    return true;
  }
}
