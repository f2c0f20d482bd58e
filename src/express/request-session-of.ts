import type { Request } from 'express';
import type { RequestSession } from './request-session.js';

const REQUEST_SESSION = Symbol('gatehouse.requestSession');

type Carrier = { [REQUEST_SESSION]?: RequestSession };

export function attachRequestSession(request: Request, requestSession: RequestSession): void {
  (request as Carrier)[REQUEST_SESSION] = requestSession;
}

/** Undefined where the session middleware has not run. */
export const findRequestSession = (request: object | undefined): RequestSession | undefined =>
  (request as Carrier | undefined)?.[REQUEST_SESSION];

/** @throws Error where the session middleware has not run, which is a fault of the set-up */
export function requestSessionOf(request: object): RequestSession {
  const requestSession = findRequestSession(request);
  if (!requestSession)
    throw new Error(
      'The session middleware has not run for this request: is SessionModule imported, and the ' +
        'path under cookie.path?',
    );
  return requestSession;
}
