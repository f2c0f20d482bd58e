import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import type { SessionId } from '../core/ids.js';
import type { RequestContext } from '../core/operations.js';
import type { SessionAdoption } from '../core/adoption/session-adoption.js';
import type { SessionCore } from '../core/session-core.js';
import type { ActiveSession, Verdict } from '../core/verdict.js';
import { AddressThrottle } from './throttle/address-throttle.js';
import type { CookieResolver } from './cookie-resolver.js';
import { installLogIn } from './log-in.js';
import { contextOf, deviceOf } from './request-context.js';
import { RequestSession } from './request-session.js';
import { attachRequestSession } from './request-session-of.js';
import { RequestStore } from './request-store.js';
import { announceCookie, commitBeforeEnd, type CommitParts } from './response-commit.js';
import { readSigned } from './session-cookie.js';
import type { RequestSessionParts } from './session-hold.js';
import { unavailableSession } from './session-object.js';
import type { UserIdOf } from './user-id-of.js';

export interface SessionMiddlewareParts {
  readonly core: SessionCore;
  readonly cookies: CookieResolver;
  readonly userIdOf: UserIdOf;
  /** Anonymous sessions that one address may open in a minute. */
  readonly anonymousSessionsPerMinute: number;
  readonly adoption?: SessionAdoption;
  /** Value of the Clear-Site-Data header that answers a logout. Absent: none is sent. */
  readonly clearSiteData?: string;
  readonly warn: (message: string) => void;
}

interface Resolved {
  readonly verdict: Verdict;
  readonly adopted?: ActiveSession;
}

/**
 * Resolves the session of every request, then lets express-session make `req.session` of it: one
 * read of the store, and none where the cookie's signature or format already fails.
 */
export function createSessionMiddleware(parts: SessionMiddlewareParts): RequestHandler {
  return new SessionMiddleware(parts).handle;
}

class SessionMiddleware {
  private readonly store = new RequestStore();
  private readonly expressSession: RequestHandler;
  private readonly requestParts: RequestSessionParts;
  private readonly commitParts: CommitParts;
  private warnedInsecure = false;

  constructor(private readonly parts: SessionMiddlewareParts) {
    const { core, cookies, userIdOf, clearSiteData } = parts;
    const { cookie } = cookies;
    this.expressSession = session({
      name: cookie.name,
      secret: cookie.signingSecrets,
      store: this.store,
      cookie: { path: cookie.path },
      resave: false,
      saveUninitialized: false,
    });
    // express-session puts its own `generate` on the store it is given; ours is on the class.
    Reflect.deleteProperty(this.store, 'generate');
    this.requestParts = {
      core,
      userIdOf,
      anonymousThrottle: new AddressThrottle(
        'anonymous',
        parts.anonymousSessionsPerMinute,
        core.store,
      ),
      onConfirmed: (request, sessionId) => this.settleAdoption(request, sessionId),
    };
    this.commitParts = {
      cookie,
      ...(clearSiteData !== undefined && { clearSiteData }),
      now: () => core.operations.now(),
      reportError: core.reportError,
      onInsecure: () => this.warnInsecure(),
    };
  }

  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    if (request.session || !isUnder(this.parts.cookies.cookie.path, request.originalUrl)) {
      next();
      return;
    }
    const context = contextOf(request);
    this.resolve(request, context)
      .then((resolved) => this.begin(request, response, context, resolved, next))
      .catch(next);
  };

  private async resolve(request: Request, context: RequestContext): Promise<Resolved> {
    const verdict = await this.parts.cookies.resolve(request, context);
    if (verdict.state !== 'none') return { verdict };
    return (await this.adopt(request, context)) ?? { verdict };
  }

  private begin(
    request: Request,
    response: Response,
    context: RequestContext,
    { verdict, adopted }: Resolved,
    next: NextFunction,
  ): void {
    const requestSession = new RequestSession(this.requestParts, request, context, verdict);
    attachRequestSession(request, requestSession);
    installLogIn(request, this.parts.userIdOf);
    if (verdict.state === 'unavailable') {
      request.session = unavailableSession(verdict.error);
      next();
      return;
    }
    this.inflate(request, response, requestSession, (error) => {
      if (error) {
        next(error);
        return;
      }
      if (adopted) requestSession.holdAdopted(adopted);
      else requestSession.unwrap();
      request.sessionStore = this.store.boundTo(request) as unknown as Express.SessionStore;
      announceCookie(request, response, requestSession, this.commitParts);
      commitBeforeEnd(response, requestSession, this.commitParts);
      next();
    });
  }

  /**
   * Has express-session make `req.session`, and takes its hooks off the response again: they would
   * save and set the cookie a second time, after the last word on both has been said.
   */
  private inflate(
    request: Request,
    response: Response,
    requestSession: RequestSession,
    done: (error?: unknown) => void,
  ): void {
    const unhook = keepingMethods(response, ['writeHead', 'end']);
    this.store.awaitRead(requestSession);
    this.expressSession(request, response, (error?: unknown) => {
      this.store.awaitRead(undefined);
      unhook();
      done(error);
    });
  }

  private async adopt(request: Request, context: RequestContext): Promise<Resolved | undefined> {
    const legacyId = this.legacyIdOf(request);
    if (legacyId === undefined) return undefined;
    const answer = await this.parts.adoption!.adopt(legacyId, deviceOf(context), context);
    return answer && { verdict: answer.verdict, ...(answer.issued && { adopted: answer.issued }) };
  }

  /** The browser has shown that it holds our cookie, so what the old application stored can go. */
  private settleAdoption(request: Request, sessionId: SessionId): void {
    const legacyId = this.legacyIdOf(request);
    if (legacyId === undefined) return;
    this.parts.adoption!.settle(legacyId, sessionId).catch(this.parts.core.reportError);
  }

  private legacyIdOf(request: Request): string | undefined {
    const source = this.parts.adoption?.source;
    if (!source || this.parts.core.operations.now() >= source.until) return undefined;
    return readSigned(request, source.cookieName, source.secrets);
  }

  private warnInsecure(): void {
    if (this.warnedInsecure) return;
    this.warnedInsecure = true;
    this.parts.warn(
      'The session cookie is secure and was not sent over plain HTTP. Behind a proxy set ' +
        'Express\' "trust proxy"; on a developer\'s machine set cookie.insecureDevelopment.',
    );
  }
}

/** As express-session compares them; a request target may also be absolute (RFC 9112, 3.2.2). */
function isUnder(path: string, target: string): boolean {
  if (path === '/') return true;
  const pathname = URL.canParse(target) ? new URL(target).pathname : target;
  return pathname.startsWith(path);
}

/** What puts the methods back as they are now. */
function keepingMethods(response: Response, names: readonly (keyof Response)[]): () => void {
  const methods = Object.fromEntries(names.map((name) => [name, response[name]]));
  return () => Object.assign(response, methods);
}
