import type { Request } from 'express';
import session from 'express-session';
import type { Callback } from './callback.js';
import type { RequestSession } from './request-session.js';
import { requestSessionOf } from './request-session-of.js';
import { requestOf, type RequestSessionObject } from './session-object.js';

type ReadCallback = (error: unknown, data?: session.SessionData | null) => void;

/**
 * express-session's Store over a `RequestSession`. What express-session passes as session ids and
 * data is known better from the request, so each call goes to the request's own session.
 */
export class RequestStore extends session.Store {
  private awaited: RequestSession | undefined;
  private readonly request: Request | undefined = undefined;

  /** Answers the read that express-session makes at once for this request from what is resolved already. */
  awaitRead(requestSession: RequestSession | undefined): void {
    this.awaited = requestSession;
  }

  /** The store as one request sees it: `destroy` has to know whose it is. */
  boundTo(request: Request): RequestStore {
    return Object.create(this, { request: { value: request } }) as RequestStore;
  }

  generate(request: Request): void {
    requestSessionOf(request).present();
  }

  override createSession(request: Request): session.Session & session.SessionData {
    requestSessionOf(request).present();
    return request.session as session.Session & session.SessionData;
  }

  /** express-session only asks whether there are data; `createSession` knows them. */
  override get(_sessionId: string, callback: ReadCallback): void {
    const isFound = this.awaited?.active !== undefined;
    this.awaited = undefined;
    callback(null, isFound ? { cookie: new session.Cookie() } : null);
  }

  override set(_sessionId: string, data: session.SessionData, callback?: Callback): void {
    const object = data as RequestSessionObject;
    requestSessionOf(requestOf(object)).saveObject(object, callback);
  }

  override destroy(_sessionId: string, callback?: Callback): void {
    requestSessionOf(this.request!).destroy(callback);
  }

  override regenerate(request: Request, callback?: Callback): void {
    requestSessionOf(request).regenerate(callback);
  }
}
