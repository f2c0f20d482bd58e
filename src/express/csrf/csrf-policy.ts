import type { Request } from 'express';
import type { SessionId } from '../../core/ids.js';
import { optionsIn, requireOption, requireSwitch } from '../../core/require-option.js';
import { CsrfTokens } from './csrf-tokens.js';

/** What `CsrfGuard` asks of requests that change something. */
export interface CsrfOptions {
  /** Refuses requests with neither `Sec-Fetch-Site` nor `Origin`, which no present browser sends. Default: false. */
  readonly strict?: boolean;
  /** Asks requests that hold a session also for a token of that session. Default: false. */
  readonly token?: boolean;
  /** The header that the token comes in. Default: x-csrf-token. */
  readonly tokenHeader?: string;
}

export interface CsrfPolicyParts {
  /** Those that sign the session cookie; the keys of the tokens are derived from them. */
  readonly secrets: readonly string[];
  /** Serialized origins. */
  readonly trustedOrigins: ReadonlySet<string>;
  readonly options?: CsrfOptions;
}

/** Kebab-case; it reaches the audit and nobody else. */
export type CsrfRefusal = 'cross-site' | 'origin-missing' | 'token-missing' | 'token-invalid';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const HEADER_NAME = /^[\w!#$%&'*.^`|~+-]+$/;
/** A name or an address with a port or without: no user information, no path. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const WEB_PROTOCOLS = new Set(['http', 'https']);

/**
 * Which state-changing requests come from a page of this site (OWASP ASVS 5.0, 3.5.1), by what
 * browsers say of them and by a token if asked for. Decides and does nothing.
 */
export class CsrfPolicy {
  readonly asksForToken: boolean;
  private readonly strict: boolean;
  private readonly tokenHeader: string;
  private readonly trustedOrigins: ReadonlySet<string>;
  private readonly tokens: CsrfTokens;

  /** @throws SessionConfigInvalidError */
  constructor({ secrets, trustedOrigins, options }: CsrfPolicyParts) {
    const {
      strict = false,
      token = false,
      tokenHeader = 'x-csrf-token',
    } = optionsIn('csrf', options);
    requireSwitch('csrf.strict', strict);
    requireSwitch('csrf.token', token);
    const isName = typeof tokenHeader === 'string' && HEADER_NAME.test(tokenHeader);
    requireOption(isName, 'csrf.tokenHeader', 'must be the name of a header', tokenHeader);
    this.strict = strict;
    this.asksForToken = token;
    this.tokenHeader = tokenHeader.toLowerCase();
    this.trustedOrigins = trustedOrigins;
    this.tokens = new CsrfTokens(secrets);
  }

  /** Undefined: the request may pass. `sessionId` is that of the session it holds, if it holds one. */
  refusalOf(request: Request, sessionId: SessionId | undefined): CsrfRefusal | undefined {
    if (SAFE_METHODS.has(request.method)) return undefined;
    return this.originRefusalOf(request) ?? this.refusalByToken(request, sessionId);
  }

  issueToken(sessionId: SessionId): string {
    return this.tokens.issue(sessionId);
  }

  /**
   * The part that asks where a request comes from, whatever its method, as of a WebSocket's
   * handshake. A browser does not let pages set either header.
   */
  originRefusalOf(
    request: Pick<Request, 'headers' | 'protocol' | 'host'>,
  ): CsrfRefusal | undefined {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (site === 'same-origin' || site === 'none') return undefined;
    if (origin !== undefined && this.trustedOrigins.has(origin)) return undefined;
    if (site !== undefined) return 'cross-site';
    if (origin === undefined) return this.strict ? 'origin-missing' : undefined;
    return origin === ownOriginOf(request) ? undefined : 'cross-site';
  }

  private refusalByToken(
    request: Request,
    sessionId: SessionId | undefined,
  ): CsrfRefusal | undefined {
    if (!this.asksForToken || sessionId === undefined) return undefined;
    const token = request.headers[this.tokenHeader];
    if (typeof token !== 'string' || token === '') return 'token-missing';
    return this.tokens.verify(token, sessionId) ? undefined : 'token-invalid';
  }
}

/**
 * The origin that a browser gives this application's pages, serialized as browsers do (RFC 6454,
 * 6.2): of `req.protocol` and `req.host`, so what a proxy says of them counts only where Express'
 * `trust proxy` trusts that proxy. Undefined for a host that is more than a host.
 */
export function ownOriginOf(request: Pick<Request, 'protocol' | 'host'>): string | undefined {
  const { protocol } = request;
  // Express has none where the client sent none, whatever its types say.
  const host: string | undefined = request.host;
  if (host === undefined || !WEB_PROTOCOLS.has(protocol) || !HOST.test(host)) return undefined;
  const url = `${protocol}://${host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
