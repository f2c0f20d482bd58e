import type { Request, RequestHandler } from 'express';
import passport from 'passport';
import { findSignedIn } from '../nest/current-session.js';
import type { SessionService } from '../nest/session.service.js';
import type { SessionSerializer } from './session-serializer.js';

const SERIALIZER = Symbol('gatehouse.serializer');

type Carrier = { [SERIALIZER]?: SessionSerializer };
type Done = (error: unknown, id?: unknown) => void;

/**
 * Lets passport serialize through `serializer` for the requests that carry it. Passport is one for
 * the whole process, which may hold several applications; each passes on what is another's.
 */
export function serializeThrough(serializer: SessionSerializer): void {
  passport.serializeUser((request: Request, account: object, done: Done) => {
    if ((request as Carrier)[SERIALIZER] !== serializer) {
      done('pass');
      return;
    }
    Promise.resolve(account)
      .then((user) => serializer.serializeUser(user))
      .then((id) => done(null, id), done);
  });
}

/**
 * Sets `req.user` of the session's user. It takes the place of `passport.session()`, which knows
 * only of logins through passport; this knows of all.
 */
export function restoreUser(
  serializer: SessionSerializer,
  sessions: SessionService,
): RequestHandler {
  const restore = async (request: Request): Promise<void> => {
    Object.defineProperty(request, SERIALIZER, { value: serializer });
    const session = findSignedIn(request);
    if (!session) return;
    const account = await serializer.deserializeUser(session.user);
    if (account) request.user = account as Express.User;
    else await sessions.logout(request);
  };
  return (request, _response, next) => {
    restore(request).then(() => next(), next);
  };
}
