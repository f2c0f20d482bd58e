import type { Request, Response } from 'express';
import onHeaders from 'on-headers';
import { SessionError } from '../core/errors.js';
import { httpErrorOf } from './http-error.js';
import type { RequestSession } from './request-session.js';
import { haveHeadersLeft, sealResponse } from './sealed-response.js';
import type { SessionCookie } from './session-cookie.js';
import { maxAgeOf } from './session-object.js';

export interface CommitParts {
  readonly cookie: SessionCookie;
  /** Value of the Clear-Site-Data header that answers a logout. Absent: none is sent. */
  readonly clearSiteData?: string;
  readonly now: () => number;
  readonly reportError: (error: unknown) => void;
  /** Told when a cookie had to be kept back because the connection is not secure. */
  readonly onInsecure: () => void;
}

type End = (...args: unknown[]) => Response;

/**
 * Adds to the headers, when they leave, what the request did to the session cookie, and what else
 * a logout has the browser forget. A cache that
 * kept such an answer would hand the session to others, so it may not, unless the handler has
 * spoken of caching itself.
 */
export function announceCookie(
  request: Request,
  response: Response,
  requestSession: RequestSession,
  parts: CommitParts,
): void {
  onHeaders(response, () => {
    try {
      if (clearsSiteData(request, response, requestSession, parts))
        response.setHeader('Clear-Site-Data', parts.clearSiteData!);
      const setCookie = setCookieOf(request, requestSession, parts);
      if (setCookie === undefined) return;
      response.appendHeader('Set-Cookie', setCookie);
      if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
    } catch (error) {
      parts.reportError(error);
    }
  });
}

/**
 * Stores what the handler changed, and waits for what it began, before the headers leave: an
 * answer is never sent for a write that failed. Until then the response is sealed.
 */
export function commitBeforeEnd(
  response: Response,
  requestSession: RequestSession,
  parts: CommitParts,
): void {
  const end = response.end.bind(response) as End;
  let ended = false;
  const endAfterCommit: End = (...args) => {
    if (ended) return response;
    ended = true;
    const work = workOf(requestSession);
    if (!work) return end(...args);
    const unseal = sealResponse(response);
    work
      .finally(unseal)
      .then(
        () => end(...args),
        (error: unknown) => endWithError(response, end, error, parts),
      )
      .catch((error: unknown) => {
        parts.reportError(error);
        response.destroy();
      });
    return response;
  };
  response.end = endAfterCommit as Response['end'];
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
  return cookie.issue(change.token, request.session ? maxAgeOf(request.session) : undefined);
}

/** Browsers heed it in secure contexts alone. What the application says itself goes before. */
const clearsSiteData = (
  request: Request,
  response: Response,
  requestSession: RequestSession,
  { clearSiteData }: CommitParts,
): boolean =>
  clearSiteData !== undefined &&
  request.secure &&
  requestSession.isLoggedOut &&
  !response.hasHeader('Clear-Site-Data');

/** The handler's answer is withdrawn where it still can be. */
function endWithError(
  response: Response,
  end: End,
  error: unknown,
  { reportError }: CommitParts,
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
  end(JSON.stringify(body));
}

const UNFORESEEN = { statusCode: 500, message: 'Internal server error' };
