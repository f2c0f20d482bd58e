import { parse, serialize, type ParseOptions, type SerializeOptions } from 'cookie';
import { sign, unsign } from 'cookie-signature';
import type { IncomingMessage } from 'node:http';
import { SessionConfigInvalidError } from '../core/errors.js';
import { optionsIn, requireOption, requireSwitch } from '../core/require-option.js';
import { parseSessionToken, type ParsedToken, type SessionToken } from '../core/ids.js';
import { VerifiedTokens } from './verified-tokens.js';

/** How the session cookie is named and scoped. The server's clock ends sessions, so it has no Max-Age. */
export interface SessionCookieOptions {
  /** Default: `__Host-sid`, or `sid` with `insecureDevelopment`. */
  readonly name?: string;
  /** Default: `/`. */
  readonly path?: string;
  /** Default: none, so that the cookie goes to this host alone. */
  readonly domain?: string;
  /** `none` needs a reason: other sites' requests then carry the session. Default: `lax`. */
  readonly sameSite?: 'lax' | 'strict' | 'none';
  /** A cookie of its own for each top-level site (CHIPS). Default: false. */
  readonly partitioned?: boolean;
  /** Sends the cookie over plain HTTP too. For a developer's machine, never for users. Default: false. */
  readonly insecureDevelopment?: boolean;
}

const MIN_SECRET_LENGTH = 32;
const MAX_COOKIE_LENGTH = 1_024;
const MAX_NAME_LENGTH = 256;
const COOKIE_NAME = /^[\w!#$%&'*.^`|~+-]+$/;
const SAME_SITE = ['lax', 'strict', 'none'];
const SIGNED_PREFIX = 's:';

/** Reads and writes the one cookie, signed as express-session signs it. */
export class SessionCookie {
  readonly name: string;
  readonly secure: boolean;
  private readonly attributes: SerializeOptions;
  private readonly secrets: readonly string[];
  private readonly verified = new VerifiedTokens();

  /** @throws SessionConfigInvalidError for a combination that browsers refuse, or a short secret */
  constructor(secret: string | readonly string[], given?: SessionCookieOptions) {
    const options = optionsIn('cookie', given);
    const {
      insecureDevelopment = false,
      sameSite = 'lax',
      path = '/',
      domain,
      partitioned = false,
      name = insecureDevelopment ? 'sid' : '__Host-sid',
    } = options;
    requireSwitch('cookie.insecureDevelopment', insecureDevelopment);
    requireSwitch('cookie.partitioned', partitioned);
    this.secure = !insecureDevelopment;
    this.name = name;
    this.secrets = secretsOf(secret);
    this.attributes = {
      httpOnly: true,
      secure: this.secure,
      sameSite,
      path,
      ...(domain !== undefined && { domain }),
      ...(partitioned && { partitioned }),
    };
    requireAcceptable(this.name, this.attributes);
  }

  get path(): string {
    return this.attributes.path!;
  }

  /** The first signs, all verify. */
  get signingSecrets(): string[] {
    return [...this.secrets];
  }

  /** Undefined unless the cookie is well-signed and well-formed; costs no store call. */
  read(request: IncomingMessage): ParsedToken | undefined {
    const raw = rawValueOf(request, this.name);
    if (raw === undefined) return undefined;
    const known = this.verified.find(raw);
    if (known) return known;
    const value = readSigned(request, this.name, this.secrets);
    const token = value === undefined ? undefined : parseSessionToken(value);
    if (token) this.verified.remember(raw, token);
    return token;
  }

  /** A Set-Cookie value. `maxAgeMs` where an application asked for a cookie that outlives the browser. */
  issue(token: SessionToken, maxAgeMs: number | undefined): string {
    return serialize(this.name, SIGNED_PREFIX + sign(token, this.secrets[0]!), {
      ...this.attributes,
      ...(maxAgeMs !== undefined && { maxAge: Math.max(0, Math.floor(maxAgeMs / 1_000)) }),
    });
  }

  /** A Set-Cookie value that removes the cookie. */
  clear(): string {
    return serialize(this.name, '', { ...this.attributes, expires: new Date(0) });
  }
}

/** The value as it stands in the header; undefined for one that is longer than any of ours. */
function rawValueOf({ headers: { cookie } }: IncomingMessage, name: string): string | undefined {
  if (!cookie) return undefined;
  const raw = parse(cookie, AS_IT_STANDS)[name];
  return raw !== undefined && raw.length <= MAX_COOKIE_LENGTH ? raw : undefined;
}

const AS_IT_STANDS: ParseOptions = { decode: (value) => value };

/** The value of a cookie signed by any of the secrets; of several of one name the first counts. */
export function readSigned(
  request: IncomingMessage,
  name: string,
  secrets: readonly string[],
): string | undefined {
  const header = request.headers.cookie;
  if (!header) return undefined;
  const raw = parse(header)[name];
  if (!raw?.startsWith(SIGNED_PREFIX) || raw.length > MAX_COOKIE_LENGTH) return undefined;
  const signed = raw.slice(SIGNED_PREFIX.length);
  for (const secret of secrets) {
    const value = unsign(signed, secret);
    if (value !== false) return value;
  }
  return undefined;
}

/** The option `secret` as a list. @throws SessionConfigInvalidError for one that is too short */
export function secretsOf(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const strong =
    Array.isArray(secrets) &&
    secrets.length > 0 &&
    secrets.every((one) => typeof one === 'string' && one.length >= MIN_SECRET_LENGTH);
  if (!strong)
    throw new SessionConfigInvalidError(
      'secret',
      `must be a string of at least ${MIN_SECRET_LENGTH} characters, or an array of such`,
    );
  return [...secrets];
}

function requireSpelled(name: string, { path, domain, sameSite }: SerializeOptions): void {
  requireOption(
    typeof name === 'string' && COOKIE_NAME.test(name) && name.length <= MAX_NAME_LENGTH,
    'cookie.name',
    `must be a cookie name of at most ${MAX_NAME_LENGTH} characters`,
    name,
  );
  requireOption(
    typeof path === 'string' && path.startsWith('/') && canSerialize({ path }),
    'cookie.path',
    'must begin with "/", and hold what a header may',
    path,
  );
  requireOption(
    domain === undefined || (typeof domain === 'string' && canSerialize({ domain })),
    'cookie.domain',
    'must be the name of a host',
    domain,
  );
  requireOption(
    SAME_SITE.some((choice) => choice === sameSite),
    'cookie.sameSite',
    'must be one of lax, strict, none',
    sameSite,
  );
}

/** What browsers refuse silently is refused here aloud (RFC 6265bis, 4.1.2.7 and 4.1.3). */
function requireAcceptable(name: string, attributes: SerializeOptions): void {
  requireSpelled(name, attributes);
  const { secure, path, domain, sameSite, partitioned } = attributes;
  if (name.startsWith('__Host-')) {
    requireOption(secure === true, 'cookie.name', 'with "__Host-" needs a secure cookie', name);
    requireOption(path === '/', 'cookie.path', 'must be "/" with a "__Host-" name', path);
    requireOption(
      domain === undefined,
      'cookie.domain',
      'must be absent with a "__Host-" name',
      domain,
    );
  }
  if (name.startsWith('__Secure-'))
    requireOption(secure === true, 'cookie.name', 'with "__Secure-" needs a secure cookie', name);
  requireOption(
    sameSite !== 'none' || secure === true,
    'cookie.sameSite',
    'none needs a secure cookie',
  );
  requireOption(!partitioned || secure === true, 'cookie.partitioned', 'needs a secure cookie');
}

/** Else it would fail with the first cookie that is sent. */
function canSerialize(attributes: SerializeOptions): boolean {
  try {
    return serialize('sid', '', attributes) !== '';
  } catch {
    return false;
  }
}
