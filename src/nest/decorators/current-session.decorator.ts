import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requireSignedIn, type SignedInSession } from '../current-session.js';
import { requestOf } from '../request-of.js';

/** The signed-in session of the request; where nobody is signed in the request is refused. @publicApi */
export const CurrentSession = createParamDecorator(
  (_data: unknown, context: ExecutionContext): SignedInSession =>
    requireSignedIn(requestOf(context)),
);

/** @publicApi */
export type CurrentSession = SignedInSession;
