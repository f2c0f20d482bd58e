import type { Express, Request } from 'express';
import type { IncomingMessage } from 'node:http';
import {
  CsrfRejectedError,
  SessionConfigInvalidError,
  SessionError,
  SessionStoreUnavailableError,
  SessionThrottledError,
} from '../../core/errors.js';
import type { LiveConnection } from '../../core/live/live-binding.js';
import { refusalOf } from '../../core/refusal.js';
import type { SessionCore } from '../../core/session-core.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { Verdict } from '../../core/verdict.js';
import { networkOf } from '../throttle/address-network.js';
import { AddressThrottle } from '../throttle/address-throttle.js';
import type { CookieResolver } from '../cookie-resolver.js';
import type { CsrfPolicy } from '../csrf/csrf-policy.js';
import { recordCsrfRejection } from '../csrf/csrf-rejection.js';
import { attachLiveSession, LiveSession, type ExceptionOf } from './live-session.js';
import { contextOf } from '../request-context.js';

export interface HandshakesParts {
  readonly core: SessionCore;
  readonly cookies: CookieResolver;
  readonly csrf: CsrfPolicy;
  /** The application whose settings say which proxies are trusted. */
  readonly application: () => Express;
  /** Handshakes that one session, and strangers from one address, may make in a minute. */
  readonly handshakesPerMinute: number;
}

export interface HandshakeOptions {
  /** What becomes of a handshake without a signed-in session. Default: refuse. */
  readonly signedOut?: 'refuse' | 'accept';
  /** Default: errors stay as they are. */
  readonly exceptionOf?: ExceptionOf;
}

/** @throws SessionConfigInvalidError */
export function requireSignedOut(signedOut: unknown): void {
  if (signedOut !== undefined && signedOut !== 'refuse' && signedOut !== 'accept')
    throw new SessionConfigInvalidError('signedOut', 'must be one of refuse, accept', signedOut);
}

/**
 * Handshakes of connections that stay open: from which pages and addresses they may come, and which
 * session they are for. A handshake answers with no cookie, so, as on a passive route, it is no
 * activity, rotates and confirms nothing, and moves in no session of an application that came before.
 */
export class Handshakes {
  private readonly throttle: AddressThrottle;

  constructor(private readonly parts: HandshakesParts) {
    this.throttle = new AddressThrottle('handshake', parts.handshakesPerMinute, parts.core.store);
  }

  /**
   * Binds the connection to its session and leaves that on the request. `connection.close` is
   * called before this resolves where the session ends meanwhile.
   * @throws SessionThrottledError, CsrfRejectedError, SessionRequiredError, SessionEndedError,
   * SessionStoreUnavailableError, SessionDataUnreadableError; nothing is bound then
   */
  async open(
    request: IncomingMessage,
    connection: LiveConnection,
    { signedOut = 'refuse', exceptionOf = (error) => error }: HandshakeOptions = {},
  ): Promise<LiveSession> {
    const verdict = await this.resolve(request).catch((error: unknown) => this.fail(error));
    const session = activeOf(verdict);
    if (!session?.user && (signedOut !== 'accept' || verdict.state === 'unavailable'))
      throw refusalOf(verdict);
    const binding = session && (await this.parts.core.live.bind(session, connection));
    const live = new LiveSession(verdict, binding, exceptionOf);
    attachLiveSession(request, live);
    return live;
  }

  private async resolve(incoming: IncomingMessage): Promise<Verdict> {
    const request = this.asExpress(incoming);
    const context = contextOf(request);
    if (!(await this.throttle.take(this.sourceOf(request, context.ip))))
      throw new SessionThrottledError();
    const refusal = this.parts.csrf.originRefusalOf(request);
    if (!refusal) return this.parts.cookies.resolve(request);
    await recordCsrfRejection(this.parts.core, request, refusal);
    throw new CsrfRejectedError();
  }

  /** Strangers cannot use up what those have who are signed in behind the same address. */
  private sourceOf(request: Request, address: string | undefined): string {
    const token = this.parts.cookies.cookie.read(request);
    const network = networkOf(address);
    return token ? `${token.sessionId}@${network}` : network;
  }

  /** Express has not seen it; what Express says of address, protocol and host is wanted all the same. */
  private asExpress({ headers, socket, url, method }: IncomingMessage): Request {
    const request = Object.create(this.parts.application().request) as Request;
    const own = { headers, socket, url, method };
    for (const [name, value] of Object.entries(own))
      Object.defineProperty(request, name, { value });
    return request;
  }

  private fail(error: unknown): never {
    if (error instanceof SessionError) throw error;
    this.parts.core.reportError(error);
    throw new SessionStoreUnavailableError('handshake', error);
  }
}

const activeOf = (verdict: Verdict): SessionRecord | undefined =>
  verdict.state === 'active' ? verdict.session : undefined;
