import type { Request } from 'express';
import { IncomingMessage } from 'node:http';
import { logIn, logOut } from './log-in.js';
import { ownProperty } from './own-property.js';
import type { RequestSession } from './request-session.js';
import { findRequestSession } from './request-session-of.js';
import { sharedPrototypeOf } from './shared-prototype.js';

const DEFINED = Symbol('gatehouse.requestProperties');

/**
 * Gives requests the properties of a session: `session`, `sessionID` and `sessionStore` as
 * express-session has them, and `logIn` and `logOut`, which passport keeps where it finds them.
 *
 * They are made when they are read, and stand on the prototype that all requests share, so a request
 * that reads none of them pays for none. Without a `RequestSession` they read undefined, and are
 * written as any property is.
 */
export function defineRequestProperties(request: Request): void {
  if (DEFINED in request) return;
  const target = sharedPrototypeOf(request, IncomingMessage.prototype) ?? request;
  Object.defineProperties(target, { ...PROPERTIES, [DEFINED]: { value: true } });
}

type Read = (requestSession: RequestSession) => unknown;
type Write = (requestSession: RequestSession, write: () => void, value: unknown) => void;

const sharedProperty = (name: string, read: Read, write: Write): PropertyDescriptor => ({
  configurable: true,
  get(this: object): unknown {
    const requestSession = findRequestSession(this);
    return requestSession && read(requestSession);
  },
  set(this: object, value: unknown): void {
    const requestSession = findRequestSession(this);
    const own = (): void => ownProperty(this, name, value);
    if (requestSession) write(requestSession, own, value);
    else own();
  },
});

/** What the handler puts in the place of `req.session` is compared with what was there. */
const replace: Write = (requestSession, write) => {
  requestSession.object();
  write();
};
const ignore: Write = () => undefined;

/** passport writes back what it has found. */
const method = (name: string, present: unknown): PropertyDescriptor =>
  sharedProperty(
    name,
    () => present,
    (_requestSession, write, value) => {
      if (value !== present) write();
    },
  );

const PROPERTIES: Readonly<Record<string, PropertyDescriptor>> = {
  session: sharedProperty('session', (requestSession) => requestSession.object(), replace),
  sessionID: sharedProperty('sessionID', (requestSession) => requestSession.sessionID, ignore),
  sessionStore: sharedProperty('sessionStore', (requestSession) => requestSession.store, ignore),
  login: method('login', logIn),
  logIn: method('logIn', logIn),
  logout: method('logout', logOut),
  logOut: method('logOut', logOut),
};
