import type { SessionToken } from '../core/ids.js';

/** What a response does to the browser's session cookie. */
export type CookieChange =
  | {
      readonly kind: 'issue';
      readonly token: SessionToken;
      /** Not sent by a response whose headers leave at this instant or later. */
      readonly notAfter: number;
    }
  | { readonly kind: 'clear' };

export const CLEAR_COOKIE: CookieChange = { kind: 'clear' };

export const issueCookie = (token: SessionToken, notAfter = Infinity): CookieChange => ({
  kind: 'issue',
  token,
  notAfter,
});
