import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { requireSignedIn } from '../current-session.js';
import { PUBLIC_ROUTE } from '../decorators/metadata.js';
import { guarded } from '../guarded.js';

/**
 * Lets signed-in sessions pass and nothing else; not a store that does not answer, nor a request
 * that the session middleware has not seen. As a global guard, `@Public()` opens single routes.
 * A message on a live connection is held against the session as it is now, in one read.
 * @throws SessionRequiredError, SessionEndedError, SessionStoreUnavailableError @publicApi
 */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_ROUTE, targets)) return true;
    await guarded(context, requireSignedIn);
    return true;
  }
}
