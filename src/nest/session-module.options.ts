import type { Clock } from '../core/clock.js';
import { SessionConfigInvalidError } from '../core/errors.js';
import type { AdoptionSource } from '../core/session-adoption.js';
import type { SessionOptionsInput } from '../core/session-options.js';
import type { SessionStore } from '../core/session-store.js';
import type { SessionCookieOptions } from '../express/session-cookie.js';
import type { UserIdOf } from '../express/user-id-of.js';

/** @publicApi */
export interface SessionModuleOptions extends SessionOptionsInput {
  /** Signs the cookie; at least 32 characters. Of several the first signs and all verify. */
  readonly secret: string | readonly string[];
  /** Where sessions live. Default: the memory of this process. */
  readonly store?: SessionStore;
  readonly cookie?: SessionCookieOptions;
  /** Who is signed in by what `req.session` says. Default: passport's user. */
  readonly userIdOf?: UserIdOf;
  /** Other origins whose requests `CsrfGuard` lets through, such as `https://www.example.com`. Default: none. */
  readonly trustedOrigins?: readonly string[];
  /** Anonymous sessions that one address may open in a minute, on each node. Default: 1000. */
  readonly anonymousSessionsPerMinute?: number;
  /** Sessions of an application that came before, to be moved in as their browsers come back. */
  readonly adopt?: AdoptionSource;
  /** Where the time is read. Default: the system's clock. */
  readonly clock?: Clock;
}

const DEFAULT_ANONYMOUS_SESSIONS_PER_MINUTE = 1_000;

/** @throws SessionConfigInvalidError */
export function anonymousSessionsPerMinuteOf(options: SessionModuleOptions): number {
  const { anonymousSessionsPerMinute: count = DEFAULT_ANONYMOUS_SESSIONS_PER_MINUTE } = options;
  if (!Number.isSafeInteger(count) || count < 1)
    throw new SessionConfigInvalidError(
      'anonymousSessionsPerMinute',
      'must be a whole number of at least 1',
      count,
    );
  return count;
}

/** Serialized origins, as browsers send them. @throws SessionConfigInvalidError */
export function trustedOriginsOf({
  trustedOrigins = [],
}: SessionModuleOptions): ReadonlySet<string> {
  for (const origin of trustedOrigins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new SessionConfigInvalidError(
        'trustedOrigins',
        'must hold origins such as "https://www.example.com"',
        origin,
      );
  return new Set(trustedOrigins);
}
