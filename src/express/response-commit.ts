import type { Request, Response } from 'express';
import onHeaders from 'on-headers';
import { SessionError, SessionStoreUnavailableError } from '../core/errors.js';
import { httpErrorOf } from './http-error.js';
import type { RequestSession } from './request-session.js';
import type { SessionCookie } from './session-cookie.js';
import type { RequestSessionObject } from './session-object.js';

export interface CommitParts {
  readonly cookie: SessionCookie;
  readonly now: () => number;
  readonly reportError: (error: unknown) => void;
  /** Told when a cookie had to be kept back because the connection is not secure. */
  readonly onInsecure: () => void;
}

/**
 * Makes this the only place where the session cookie is written. To be called before
 * express-session: listeners run last-come first, so this one has the last word.
 */
export function ownSessionCookie(
  request: Request,
  response: Response,
  requestSession: RequestSession,
  parts: CommitParts,
): void {
  onHeaders(response, () => {
    const others = setCookiesOf(response).filter((one) => !parts.cookie.isOwn(one));
    const own = ownSetCookie(request, requestSession, parts);
    const all = own === undefined ? others : [...others, own];
    if (all.length > 0) response.setHeader('Set-Cookie', all);
    else response.removeHeader('Set-Cookie');
  });
}

/**
 * Stores what the handler changed before the headers leave, so that an answer is never sent for
 * a write that failed. To be called after express-session.
 */
export function commitBeforeEnd(
  request: Request,
  response: Response,
  requestSession: RequestSession,
  parts: CommitParts,
): void {
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  let ended = false;
  const endAfterCommit = (...args: unknown[]): Response => {
    if (ended) return response;
    ended = true;
    const object = request.session as RequestSessionObject | undefined;
    const unsaved = object && requestSession.owesSave(object) ? object : undefined;
    if (!unsaved && !requestSession.touchDue) return end(...args);
    const stored = unsaved ? requestSession.save(unsaved) : requestSession.touch();
    stored.then(
      () => end(...args),
      (error: unknown) => endWithError(response, end, error, parts),
    );
    return response;
  };
  response.end = endAfterCommit as Response['end'];
}

function ownSetCookie(
  request: Request,
  requestSession: RequestSession,
  { cookie, now, onInsecure }: CommitParts,
): string | undefined {
  const object = request.session as RequestSessionObject | undefined;
  const change = requestSession.cookieChangeAt(object);
  if (!change) return undefined;
  if (cookie.secure && !request.secure) {
    onInsecure();
    return undefined;
  }
  if (change.kind === 'clear') return cookie.clear();
  if (now() >= change.notAfter) return undefined;
  return cookie.issue(change.token, object?.cookie.originalMaxAge ?? undefined);
}

function setCookiesOf(response: Response): readonly string[] {
  const header = response.getHeader('Set-Cookie');
  if (header === undefined) return [];
  return Array.isArray(header) ? header : [String(header)];
}

/** The handler's answer is withdrawn where it still can be. */
function endWithError(
  response: Response,
  end: (...args: unknown[]) => Response,
  cause: unknown,
  { reportError }: CommitParts,
): void {
  reportError(cause);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error =
    cause instanceof SessionError ? cause : new SessionStoreUnavailableError('save', cause);
  const body = httpErrorOf(error);
  for (const name of response.getHeaderNames())
    if (/^(content-|etag$|last-modified$|location$|cache-control$)/.test(name))
      response.removeHeader(name);
  response.statusCode = body.statusCode;
  response.statusMessage = '';
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  end(JSON.stringify(body));
}
