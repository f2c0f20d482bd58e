import type { Request } from 'express';
import { SessionIdentityInvalidError } from '../core/errors.js';
import { identityOf, LOGOUT } from './session-hold.js';
import { callBack, type Callback } from './callback.js';
import { requestSessionOf } from './request-session-of.js';
import type { RequestSessionObject } from './session-object.js';

type Options = { readonly session?: boolean; readonly methods?: readonly string[] };

/** The part of passport's session manager that `req.logIn` calls; passport sets it on the request. */
interface PassportSessionManager {
  logIn(request: object, user: unknown, options: object, done: Callback): void;
}

type PassportRequest = Request & {
  _sessionManager?: PassportSessionManager;
  _userProperty?: string;
  [property: string]: unknown;
};

/** `req.logIn`. Passport's own drops the data and saves twice. */
export function logIn(this: PassportRequest, user: unknown, ...rest: unknown[]): void {
  const { options, done } = argumentsOf(rest);
  setUser(this, user);
  if (options.session === false) {
    done();
    return;
  }
  void callBack(logInThroughSession(this, user, options), (error) => {
    if (error) setUser(this, null);
    done(error);
  });
}

/** `req.logOut`. Passport's own leaves a stray session behind. */
export function logOut(this: PassportRequest, ...rest: unknown[]): void {
  const { done } = argumentsOf(rest);
  setUser(this, null);
  void callBack(requestSessionOf(this).endAndBegin(LOGOUT), done);
}

async function logInThroughSession(
  request: PassportRequest,
  user: unknown,
  options: Options,
): Promise<void> {
  const requestSession = requestSessionOf(request);
  const object = request.session as RequestSessionObject;
  const written = await passportDataOf(request, user);
  const named = requestSession.userIdOf(written);
  if (!named)
    throw new SessionIdentityInvalidError('userId', 'is not found by the option userIdOf');
  const before = Object.fromEntries(Object.keys(written).map((key) => [key, object[key as never]]));
  Object.assign(object, written);
  try {
    await requestSession.logIn({ ...identityOf(named), methods: options.methods ?? [] });
    await requestSession.save(object);
  } catch (error) {
    Object.assign(object, before);
    throw error;
  }
}

/**
 * Lets passport serialize the user into a session of its own that does nothing, so that only what
 * it wrote there is taken over.
 */
function passportDataOf(request: PassportRequest, user: unknown): Promise<Record<string, unknown>> {
  const manager = request._sessionManager;
  if (!manager) return Promise.reject(new Error('passport has not run for this request'));
  const session = Object.create(Object.prototype, {
    regenerate: { value: (done: Callback) => done() },
    save: { value: (done: Callback) => done() },
  }) as Record<string, unknown>;
  const facade = Object.create(request, { session: { value: session } }) as object;
  return new Promise((resolve, reject) => {
    manager.logIn(facade, user, {}, (error) => {
      if (error) reject(error instanceof Error ? error : new Error('passport refused the user'));
      else resolve({ ...session });
    });
  });
}

function setUser(request: PassportRequest, user: unknown): void {
  Reflect.set(request, request._userProperty ?? 'user', user);
}

function argumentsOf(rest: readonly unknown[]): { options: Options; done: Callback } {
  const [first, second] = rest;
  const done = (typeof first === 'function' ? first : second) as Callback | undefined;
  if (typeof done !== 'function') throw new TypeError('req.logIn and req.logOut need a callback');
  const options = typeof first === 'object' && first !== null ? (first as Options) : {};
  return { options, done };
}
