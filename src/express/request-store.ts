import type { Request } from 'express';
import session from 'express-session';
import { SessionEndedError } from '../core/errors.js';
import type { RequestSession } from './request-session.js';
import { requestSessionOf } from './request-session-of.js';
import type { RequestSessionObject } from './session-object.js';

type Callback = (error?: unknown) => void;
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

  /** The store as one request sees it: `destroy` and `reload` have to know whose it is. */
  boundTo(request: Request): RequestStore {
    return Object.create(this, { request: { value: request } }) as RequestStore;
  }

  generate(request: Request): void {
    request.session = requestSessionOf(request).begin();
  }

  override createSession(request: Request): session.Session & session.SessionData {
    const requestSession = requestSessionOf(request);
    request.session = requestSession.inflate();
    return request.session as session.Session & session.SessionData;
  }

  override get(_sessionId: string, callback: ReadCallback): void {
    if (this.request) {
      settle(requestSessionOf(this.request).reload(), (error) => callback(error, this.anyData()));
      return;
    }
    const found = this.awaited?.active;
    this.awaited = undefined;
    callback(null, found ? this.anyData() : null);
  }

  override set(_sessionId: string, data: session.SessionData, callback: Callback = ignore): void {
    const object = data as RequestSessionObject;
    const { req: request } = object as unknown as { readonly req: Request };
    const requestSession = requestSessionOf(request);
    if (!requestSession.hasUnsaved(object)) {
      callback();
      return;
    }
    settle(
      requestSession.save(object).then((result) => {
        if (result === 'gone') throw new SessionEndedError('revoked', 'ended-meanwhile');
      }),
      callback,
    );
  }

  /** The response's end has seen to it. */
  override touch(
    _sessionId: string,
    _data: session.SessionData,
    callback: Callback = ignore,
  ): void {
    callback();
  }

  override destroy(_sessionId: string, callback: Callback = ignore): void {
    settle(requestSessionOf(this.request!).end('logout'), callback);
  }

  override regenerate(request: Request, callback: Callback): void {
    const requestSession = requestSessionOf(request);
    settle(
      requestSession.regenerate().then(() => this.generate(request)),
      callback,
    );
  }

  /** express-session only asks whether there are data; `createSession` knows them. */
  private anyData(): session.SessionData {
    return { cookie: new session.Cookie() };
  }
}

const ignore = (): void => undefined;

/** Calls back once, outside the promise, so that a callback which throws is not called again. */
function settle(work: Promise<unknown>, callback: Callback): void {
  work.then(
    () => process.nextTick(callback),
    (error: unknown) => process.nextTick(callback, error),
  );
}
