import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/policy/duration.js';
import type { DataEncryptionOptions } from '../core/encryption/data-key-ring.js';
import { SessionConfigInvalidError } from '../core/errors.js';
import type { AdoptionSource } from '../core/adoption/session-adoption.js';
import { resolveDuration, type SessionOptionsInput } from '../core/policy/session-options.js';
import type { SessionStore } from '../core/session-store.js';
import type { ClearSiteDataDirective } from '../express/clear-site-data.js';
import type { CsrfOptions } from '../express/csrf/csrf-policy.js';
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
  /** What else `CsrfGuard` asks of requests that change something. */
  readonly csrf?: CsrfOptions;
  /** Has browsers forget more than the cookie at logout; `true` is `cache` and `storage`. Default: false. */
  readonly clearSiteData?: boolean | readonly ClearSiteDataDirective[];
  /** Anonymous sessions that one address may open in a minute: on all nodes together with Redis, else on each. Default: 1000. */
  readonly anonymousSessionsPerMinute?: number;
  /** Handshakes of live connections that one session, and strangers from one address, may make in a minute, counted likewise. Default: 600. */
  readonly handshakesPerMinute?: number;
  /** How old the last proof of identity may be where self-service ends another session of one's own; 1s to 30d. Default: any age. */
  readonly selfServiceFreshWithin?: Duration;
  /** Encrypts the data of sessions before the store sees them. Default: they are stored as they are. */
  readonly dataEncryption?: DataEncryptionOptions;
  /** Sessions of an application that came before, to be moved in as their browsers come back. */
  readonly adopt?: AdoptionSource;
  /** Where the time is read. Default: the system's clock. */
  readonly clock?: Clock;
}

/** @throws SessionConfigInvalidError */
export const anonymousSessionsPerMinuteOf = ({
  anonymousSessionsPerMinute: count = 1_000,
}: SessionModuleOptions): number => requireCount('anonymousSessionsPerMinute', count);

/** @throws SessionConfigInvalidError */
export const handshakesPerMinuteOf = ({
  handshakesPerMinute: count = 600,
}: SessionModuleOptions): number => requireCount('handshakesPerMinute', count);

function requireCount(option: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new SessionConfigInvalidError(option, 'must be a whole number of at least 1', count);
  return count;
}

/** Undefined: of any age. @throws SessionConfigInvalidError */
export const selfServiceFreshWithinOf = ({
  selfServiceFreshWithin: maxAge,
}: SessionModuleOptions): number | undefined =>
  maxAge === undefined
    ? undefined
    : resolveDuration('selfServiceFreshWithin', maxAge, { min: '1s', max: '30d' });

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
