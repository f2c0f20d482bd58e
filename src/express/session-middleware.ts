import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { SessionStoreUnavailableError } from '../core/errors.js';
import type { SessionId } from '../core/ids.js';
import type { SessionAdoption } from '../core/adoption/session-adoption.js';
import type { SessionCore } from '../core/session-core.js';
import type { ActiveSession, Verdict } from '../core/verdict.js';
import { AddressThrottle } from './throttle/address-throttle.js';
import type { CommitParts } from './commit-parts.js';
import type { CookieResolver } from './cookie-resolver.js';
import { contextOf, deviceOf } from './request-context.js';
import { RequestSession } from './request-session.js';
import { defineRequestProperties } from './request-properties.js';
import { attachRequestSession, findRequestSession } from './request-session-of.js';
import { RequestStore } from './request-store.js';
import { defineResponseHooks } from './response-commit.js';
import { readSigned } from './session-cookie.js';
import type { RequestSessionParts } from './session-hold.js';
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
  readonly kind: MiddlewareKind;
  readonly warn: (message: string) => void;
}

interface Resolved {
  readonly verdict: Verdict;
  readonly adopted?: ActiveSession;
}

/** Who makes `req.session`: this library, when it is read, or express-session, for every request. */
export const MIDDLEWARE_KINDS = ['gatehouse', 'express-session'] as const;
export type MiddlewareKind = (typeof MIDDLEWARE_KINDS)[number];

/**
 * Resolves the session of every request, and sees to `req.session`: one read of the store, and none
 * where the session is kept near, or the cookie's signature or format already fails.
 */
export function createSessionMiddleware(parts: SessionMiddlewareParts): RequestHandler {
  return new SessionMiddleware(parts).handle;
}

/**
 * To be called before the first request: a middleware that wraps a method of a response before ours
 * sees it would else have wrapped Node's, and call that.
 */
export function prepareApplication({ request, response }: Express): void {
  defineRequestProperties(request);
  defineResponseHooks(response);
}

class SessionMiddleware {
  private readonly store = new RequestStore();
  /** Absent: `req.session` is made when it is read. */
  private readonly expressSession: RequestHandler | undefined;
  private readonly requestParts: RequestSessionParts;
  private isConnected = true;
  private warnedInsecure = false;

  constructor(private readonly parts: SessionMiddlewareParts) {
    const { core, userIdOf, anonymousSessionsPerMinute: anonymous, kind } = parts;
    this.store.on('disconnect', () => (this.isConnected = false));
    this.store.on('connect', () => (this.isConnected = true));
    this.expressSession = kind === 'express-session' ? this.createExpressSession() : undefined;
    this.requestParts = {
      core,
      userIdOf,
      anonymousThrottle: new AddressThrottle('anonymous', anonymous, core.store),
      onConfirmed: (request, sessionId) => this.settleAdoption(request, sessionId),
      isLazy: kind === 'gatehouse',
      commit: this.commitParts(),
      storeOf: (request) => this.store.boundTo(request) as unknown as Express.SessionStore,
    };
  }

  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    if (findRequestSession(request) || request.session || !this.isUnderPath(request)) {
      next();
      return;
    }
    // A closed socket tells the address of its peer only if it was asked before.
    void request.socket.remoteAddress;
    defineRequestProperties(request);
    defineResponseHooks(response);
    const verdict = this.isConnected ? this.parts.cookies.resolve(request) : disconnected();
    if (!(verdict instanceof Promise) && (verdict.state !== 'none' || !this.parts.adoption)) {
      this.begin(request, response, { verdict }, next);
      return;
    }
    void this.beginLater(request, response, verdict, next);
  };

  private async beginLater(
    request: Request,
    response: Response,
    asked: Verdict | Promise<Verdict>,
    next: NextFunction,
  ): Promise<void> {
    try {
      const verdict = await asked;
      const adopted = verdict.state === 'none' ? await this.adopt(request) : undefined;
      this.begin(request, response, adopted ?? { verdict }, next);
    } catch (error) {
      next(error);
    }
  }

  private begin(
    request: Request,
    response: Response,
    { verdict, adopted }: Resolved,
    next: NextFunction,
  ): void {
    const requestSession = new RequestSession(this.requestParts, request, verdict);
    attachRequestSession(request, requestSession);
    if (adopted) requestSession.holdAdopted(adopted);
    else if (this.expressSession) {
      if (verdict.state !== 'unavailable')
        return this.inflate(request, response, requestSession, next);
      requestSession.present();
    }
    next();
  }

  /**
   * Has express-session make `req.session`, and takes its hooks off the response again: they would
   * save and set the cookie a second time, after the last word on both has been said.
   */
  private inflate(
    request: Request,
    response: Response,
    requestSession: RequestSession,
    next: NextFunction,
  ): void {
    const unhook = keepingMethods(response, ['writeHead', 'end']);
    this.store.awaitRead(requestSession);
    void this.expressSession!(request, response, (error?: unknown) => {
      this.store.awaitRead(undefined);
      unhook();
      requestSession.unwrap();
      next(error);
    });
  }

  private createExpressSession(): RequestHandler {
    const { cookie } = this.parts.cookies;
    const middleware = session({
      name: cookie.name,
      secret: cookie.signingSecrets,
      store: this.store,
      cookie: { path: cookie.path },
      resave: false,
      saveUninitialized: false,
    });
    // express-session puts its own `generate` on the store it is given; ours is on the class.
    Reflect.deleteProperty(this.store, 'generate');
    return middleware;
  }

  private commitParts(): CommitParts {
    const { core, cookies, clearSiteData } = this.parts;
    return {
      cookie: cookies.cookie,
      ...(clearSiteData !== undefined && { clearSiteData }),
      now: () => core.operations.now(),
      reportError: core.reportError,
      onInsecure: () => this.warnInsecure(),
    };
  }

  private isUnderPath({ originalUrl }: Request): boolean {
    return isUnder(this.parts.cookies.cookie.path, originalUrl);
  }

  private async adopt(request: Request): Promise<Resolved | undefined> {
    const legacyId = this.legacyIdOf(request);
    if (legacyId === undefined) return undefined;
    const context = contextOf(request);
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

/** While the application says so on `req.sessionStore`, as express-session has it. */
const disconnected = (): Verdict => ({
  state: 'unavailable',
  error: new SessionStoreUnavailableError('find'),
});

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
