import type { Request, Response } from 'express';
import { SessionConfigInvalidError, SessionNotFoundError } from '../../core/errors.js';
import { readPageFiles, type PageFiles } from './page-files.js';

/** The page of the module that injects it. */
export const SERVED_PAGE = Symbol('SERVED_PAGE');

/**
 * Nothing but the page's own files and the API beside them: no other host, no inline script or
 * style, and no text that becomes markup (Trusted Types).
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const A_YEAR = 31_536_000;

/** @publicApi */
export interface PageLinks {
  /**
   * Where one signs in, relative to the page or absolute; it gets the page's address as
   * `returnTo`, which it must hold to paths of its own. Without it strangers get the API's 401.
   * Default: none.
   */
  readonly signIn?: string;
}

export interface PageParts {
  /** The option that the page was asked for with. */
  readonly option: string;
  readonly document: 'admin.html' | 'account.html';
  /** Where the page is mounted. */
  readonly path: string;
  /** Where its API is, under the same prefix; empty: at the prefix itself. */
  readonly apiPath: string;
  readonly csrfHeader: string;
  /** Addresses that the page may lead to. */
  readonly links: PageLinks & { readonly stepUp?: string };
}

/** A page as it is served; addresses are relative, so that it works under any prefix and proxy. */
export class ServedPage {
  private readonly files: PageFiles;
  private readonly html: string;

  /** @throws SessionConfigInvalidError */
  constructor(private readonly parts: PageParts) {
    const { option, document, path, apiPath, csrfHeader, links } = parts;
    for (const [name, link] of Object.entries(links)) requireLink(`${option}.${name}`, link);
    this.files = readPageFiles(option, document);
    const up = '../'.repeat(segmentsOf(path).length);
    const api = [...segmentsOf(apiPath), ''].join('/');
    const settings = { api: up + api, csrfHeader, ...links };
    this.html = this.files.document.replace('{settings}', () =>
      escapeAttribute(JSON.stringify(settings)),
    );
  }

  sendDocument(request: Request, response: Response): void {
    response.setHeader('Cache-Control', 'no-store');
    const slashed = slashedAddress(request);
    if (slashed !== undefined) return response.redirect(307, slashed);
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.type('html').send(this.html);
  }

  /** @throws SessionNotFoundError */
  sendAsset(name: string, request: Request, response: Response): void {
    const asset = this.files.assets.get(name);
    if (!asset) throw new SessionNotFoundError();
    response.setHeader('Cache-Control', `private, max-age=${A_YEAR}, immutable`);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Vary', 'Accept-Encoding');
    response.setHeader('Content-Type', asset.type);
    const encoding = request.acceptsEncodings('gzip', 'identity');
    if (encoding === 'gzip') response.setHeader('Content-Encoding', 'gzip');
    response.end(encoding === 'gzip' ? asset.gzipped : asset.plain);
  }

  /** Undefined: the application has not told of its way in. */
  signInFor(request: Request): string | undefined {
    const { signIn } = this.parts.links;
    if (signIn === undefined) return undefined;
    const separator = signIn.includes('?') ? '&' : '?';
    const returnTo = `${forwardedPrefixOf(request)}${request.originalUrl}`;
    const address = `${signIn}${separator}returnTo=${encodeURIComponent(returnTo)}`;
    return slashedAddress(request) ?? address;
  }
}

/**
 * What the page's relative addresses are relative to ends with a slash; undefined: the request does.
 * Relative itself, so that it is right behind a proxy that takes a prefix away.
 */
function slashedAddress({ originalUrl }: Request): string | undefined {
  const [path = '', query] = originalUrl.split('?', 2);
  if (path.endsWith('/')) return undefined;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return `${last}/${query === undefined ? '' : `?${query}`}`;
}

const PREFIX = /^(\/[\w.~-]+)+$/;

/** What a trusted proxy says that it has taken away from the path; empty: nothing. */
function forwardedPrefixOf({ app, headers, socket }: Request): string {
  const prefix = headers['x-forwarded-prefix'];
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  if (typeof prefix !== 'string' || !isTrusted(socket.remoteAddress ?? '', 0)) return '';
  const path = prefix.replace(/\/$/, '');
  return PREFIX.test(path) ? path : '';
}

const segmentsOf = (path: string): readonly string[] => path.split('/').filter(Boolean);

const escapeAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

function requireLink(option: string, link: unknown): void {
  const isLink =
    typeof link === 'string' && link !== '' && URL.canParse(link, 'http://page.invalid');
  if (!isLink || !/^https?:$/.test(new URL(link, 'http://page.invalid').protocol))
    throw new SessionConfigInvalidError(option, 'must be an address such as "/login"', link);
}
