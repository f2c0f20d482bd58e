import type { Request } from 'express';
import session from 'express-session';
import type { SessionError } from '../core/errors.js';
import { decodeData, encodeData } from '../core/session-data.js';
import type { SessionData } from '../core/session-record.js';
import type { Callback } from './callback.js';
import { ownProperty } from './own-property.js';

/** `req.session`, as handlers see it. */
export type RequestSessionObject = session.Session & Partial<session.SessionData>;

/** Who does what `req.session` is asked for. */
export interface SessionMethods {
  saveObject(object: RequestSessionObject, callback?: Callback): void;
  reload(callback?: Callback): void;
}

const METHODS = Symbol('gatehouse.methods');
const COOKIE_KEY = 'cookie';
/** Names that mean something else on `req.session`; data of these names is left alone. */
const RESERVED = new Set([...Object.getOwnPropertyNames(session.Session.prototype), 'req', 'id']);

/**
 * What every `req.session` inherits. Unlike express-session's own, `id` follows `req.sessionID`, so
 * that a handler's reference stays good over a login or a rotation, and `save` and `reload` know
 * whether anybody listens.
 */
const PROTOTYPE = Object.create(session.Session.prototype, {
  id: {
    get(this: RequestSessionObject): string {
      return requestOf(this).sessionID;
    },
  },
  save: {
    writable: true,
    value(this: RequestSessionObject, callback?: Callback): RequestSessionObject {
      methodsOf(this).saveObject(this, callback);
      return this;
    },
  },
  reload: {
    writable: true,
    value(this: RequestSessionObject, callback?: Callback): RequestSessionObject {
      methodsOf(this).reload(callback);
      return this;
    },
  },
  /** As express-session's, but exact: its own lets the clock tick between two readings. */
  resetMaxAge: {
    value(this: RequestSessionObject): RequestSessionObject {
      const { originalMaxAge } = this.cookie;
      this.cookie.maxAge = originalMaxAge ?? undefined;
      this.cookie.originalMaxAge = originalMaxAge;
      return this;
    },
  },
}) as object;

/** Makes `req.session`. */
export function newSessionObject(
  request: Request,
  data: SessionData,
  methods: SessionMethods,
): RequestSessionObject {
  const object = Object.create(PROTOTYPE) as RequestSessionObject;
  Object.defineProperty(object, 'req', { value: request });
  Object.defineProperty(object, METHODS, { value: methods });
  object.cookie = newCookie(data[COOKIE_KEY]);
  assignData(object, data);
  return object;
}

const methodsOf = (object: RequestSessionObject): SessionMethods =>
  Reflect.get(object, METHODS) as SessionMethods;

/** The request that a `req.session` was made for. */
export const requestOf = (object: RequestSessionObject): Request =>
  (object as unknown as { readonly req: Request }).req;

/** Takes off what express-session wraps around the methods. */
export function unwrapMethods(object: RequestSessionObject): void {
  Reflect.deleteProperty(object, 'save');
  Reflect.deleteProperty(object, 'reload');
}

/**
 * The data in `req.session` now, whatever the application made of it. The cookie counts only where
 * the application gave it a life of its own. @throws TypeError for values that JSON cannot say
 */
export function dataOf(object: RequestSessionObject): SessionData {
  const values = Object.entries(object).filter(([key]) => !RESERVED.has(key) && key !== COOKIE_KEY);
  const maxAge = maxAgeOf(object);
  const cookie = maxAge === undefined ? [] : [[COOKIE_KEY, { originalMaxAge: maxAge }]];
  return encodeData(Object.fromEntries([...values, ...cookie]) as object);
}

/** Milliseconds for which the application wants the cookie to last; undefined: with the browser. */
export function maxAgeOf(object: Partial<RequestSessionObject>): number | undefined {
  const maxAge: unknown = object.cookie?.originalMaxAge;
  return typeof maxAge === 'number' && Number.isFinite(maxAge) ? maxAge : undefined;
}

/** A cookie alone is no reason to store a session. */
export const isEmptyData = (data: SessionData): boolean =>
  Object.keys(data).every((key) => key === COOKIE_KEY);

/** Makes the object hold `data`, keeping the identity of every value that already says the same. */
export function replaceData(object: RequestSessionObject, data: SessionData): void {
  const present = dataOf(object);
  for (const key of Object.keys(present))
    if (key !== COOKIE_KEY && !Object.hasOwn(data, key)) Reflect.deleteProperty(object, key);
  const differing = Object.entries(data).filter(([key, text]) => present[key] !== text);
  assignData(object, Object.fromEntries(differing));
}

/** What of stored data can show on `req.session`, and so be changed there. */
export const visibleData = (data: SessionData): SessionData =>
  Object.fromEntries(Object.entries(data).filter(([key]) => !RESERVED.has(key)));

/**
 * Stands where no session can be had: reads empty, and refuses whatever would be lost. Its
 * presence makes express-session pass the request by, so no cookie moves.
 */
export function unavailableSession(error: SessionError): RequestSessionObject {
  const refuse = (): never => {
    throw error;
  };
  const fail = (callback?: Callback): void => {
    if (!callback) throw error;
    callback(error);
  };
  const methods = new Map<string | symbol, unknown>(
    ['save', 'reload', 'destroy', 'regenerate'].map((name) => [name, fail]),
  );
  methods.set('touch', () => undefined);
  methods.set('cookie', newCookie(undefined));
  return new Proxy({} as RequestSessionObject, {
    get: (_target, name) => methods.get(name),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
  });
}

function assignData(object: RequestSessionObject, data: SessionData): void {
  for (const [key, value] of Object.entries(decodeData(data)))
    if (!RESERVED.has(key) && key !== COOKIE_KEY) ownProperty(object, key, value);
}

function newCookie(text: string | undefined): session.Cookie {
  const cookie = new session.Cookie();
  const stored: unknown = text === undefined ? undefined : JSON.parse(text);
  if (typeof stored === 'object' && stored !== null && 'originalMaxAge' in stored) {
    cookie.maxAge = Number(stored.originalMaxAge);
    cookie.originalMaxAge = Number(stored.originalMaxAge);
  }
  return cookie;
}
