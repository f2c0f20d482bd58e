import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { requireUser } from '../current-session.js';
import { guarded } from '../guarded.js';
import { marksOf } from '../route-marks.js';

/**
 * Lets signed-in sessions pass and nothing else; not a store that does not answer, nor a request
 * that the session middleware has not seen. As a global guard, `@Public()` opens single routes.
 * A message on a live connection is held against the session as it is now, in one read.
 * @throws SessionRequiredError, SessionEndedError, SessionStoreUnavailableError @publicApi
 */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return marksOf(context).isPublic || guarded(context, requireUser);
  }
}
