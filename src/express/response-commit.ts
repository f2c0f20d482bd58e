import type { Request, Response } from 'express';
import { ServerResponse } from 'node:http';
import onHeaders from 'on-headers';
import { SessionError } from '../core/errors.js';
import type { CommitParts } from './commit-parts.js';
import { httpErrorOf } from './http-error.js';
import type { RequestSession } from './request-session.js';
import { findRequestSession } from './request-session-of.js';
import { haveHeadersLeft, sealResponse } from './sealed-response.js';
import { sharedPrototypeOf } from './shared-prototype.js';

type End = (this: Response, ...args: unknown[]) => Response;
type Head = (this: Response, ...args: unknown[]) => Response;

const DEFINED = Symbol('gatehouse.responseHooks');
/** Marks a response whose session's last word has been waited for. */
const COMMITTED = Symbol('gatehouse.committed');
/** Marks a response that is to tell the browser of its cookie. */
const ANNOUNCED = Symbol('gatehouse.announced');

/**
 * Has responses wait for what their request's session still has to write, and tells the browser
 * what becomes of its cookie. Both stand on the prototype that all responses share, so that a
 * response whose session has nothing to write or to tell goes straight on. One that something has
 * been put on already, such as compression, has them in front of that too: it must not send headers
 * before the session is stored.
 */
export function defineResponseHooks(response: Response): void {
  if (!(DEFINED in response))
    defineHooks((sharedPrototypeOf(response, ServerResponse.prototype) ?? response) as Response);
  if (Object.hasOwn(response, 'end') && !Object.hasOwn(response, DEFINED)) defineHooks(response);
}

function defineHooks(target: Response): void {
  const end = endHook(Reflect.get(target, 'end') as End);
  const writeHead = headHook(Reflect.get(target, 'writeHead') as Head);
  for (const [name, value] of Object.entries({ end, writeHead }))
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  Object.defineProperty(target, DEFINED, { value: true });
}

/**
 * Stores what the handler changed, and waits for what it began, before the headers leave: an
 * answer is never sent for a write that failed. Until then the response is sealed.
 */
const endHook = (end: End): End =>
  function (this: Response, ...args) {
    const requestSession = findRequestSession(this.req);
    if (!requestSession) return Reflect.apply(end, this, args);
    if (this.writableEnded) return this;
    const work = isMarked(this, COMMITTED) ? undefined : workOf(requestSession);
    if (!work) return Reflect.apply(end, this, args);
    commit(
      this,
      requestSession,
      work,
      () => Reflect.apply(end, this, args),
      (body) => Reflect.apply(end, this, [body]),
    );
    return this;
  };

function commit(
  response: Response,
  { commit: { reportError } }: RequestSession,
  work: Promise<void>,
  end: () => void,
  endWith: (body: string) => void,
): void {
  mark(response, COMMITTED);
  const unseal = sealResponse(response);
  work
    .then(
      () => {
        unseal();
        end();
      },
      (error: unknown) => {
        unseal();
        endWithError(response, endWith, error, reportError);
      },
    )
    .catch((error: unknown) => {
      reportError(error);
      response.destroy();
    });
}

/** Last of all who listen, so that it sees what the application has said itself. */
const headHook = (writeHead: Head): Head =>
  function (this: Response, ...args) {
    const requestSession = findRequestSession(this.req);
    if (requestSession && !isMarked(this, ANNOUNCED) && hasNews(requestSession)) {
      mark(this, ANNOUNCED);
      onHeaders(this, () => announceCookie(this, requestSession));
      return Reflect.apply(Reflect.get(this, 'writeHead') as Head, this, args);
    }
    return Reflect.apply(writeHead, this, args);
  };

const isMarked = (response: Response, name: symbol): boolean => name in response;
const mark = (response: Response, name: symbol): object =>
  Object.defineProperty(response, name, { value: true });

function hasNews(requestSession: RequestSession): boolean {
  try {
    return requestSession.cookieChange !== undefined || requestSession.isLoggedOut;
  } catch (error) {
    requestSession.commit.reportError(error);
    return false;
  }
}

/**
 * Adds to the headers, when they leave, what the request did to the session cookie, and what else
 * a logout has the browser forget. A cache that kept such an answer would hand the session to
 * others, so it may not, unless the handler has spoken of caching itself.
 */
function announceCookie(response: Response, requestSession: RequestSession): void {
  const { commit: parts } = requestSession;
  try {
    if (clearsSiteData(response, requestSession, parts))
      response.setHeader('Clear-Site-Data', parts.clearSiteData!);
    const setCookie = setCookieOf(response.req, requestSession, parts);
    if (setCookie === undefined) return;
    response.appendHeader('Set-Cookie', setCookie);
    if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  } catch (error) {
    parts.reportError(error);
  }
}

/** What `req.session` holds may be nothing that can be stored, and says so by throwing. */
function workOf(requestSession: RequestSession): Promise<void> | undefined {
  try {
    return requestSession.finish();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

function setCookieOf(
  request: Request,
  requestSession: RequestSession,
  { cookie, now, onInsecure }: CommitParts,
): string | undefined {
  const change = requestSession.cookieChange;
  if (!change) return undefined;
  if (cookie.secure && !request.secure) {
    onInsecure();
    return undefined;
  }
  if (change.kind === 'clear') return cookie.clear();
  if (now() >= change.notAfter) return undefined;
  return cookie.issue(change.token, requestSession.cookieMaxAge);
}

/** Browsers heed it in secure contexts alone. What the application says itself goes before. */
const clearsSiteData = (
  response: Response,
  requestSession: RequestSession,
  { clearSiteData }: CommitParts,
): boolean =>
  clearSiteData !== undefined &&
  response.req.secure &&
  requestSession.isLoggedOut &&
  !response.hasHeader('Clear-Site-Data');

/** The handler's answer is withdrawn where it still can be. */
function endWithError(
  response: Response,
  endWith: (body: string) => void,
  error: unknown,
  reportError: CommitParts['reportError'],
): void {
  reportError(error);
  if (haveHeadersLeft(response)) {
    response.destroy();
    return;
  }
  const body = error instanceof SessionError ? httpErrorOf(error) : UNFORESEEN;
  for (const name of response.getHeaderNames())
    if (/^(content-|etag$|last-modified$|location$|cache-control$)/.test(name))
      response.removeHeader(name);
  response.statusCode = body.statusCode;
  response.statusMessage = '';
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  endWith(JSON.stringify(body));
}

const UNFORESEEN = { statusCode: 500, message: 'Internal server error' };
