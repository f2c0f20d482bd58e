import { systemClock, type Clock } from '../core/clock.js';
import type { Duration } from '../core/policy/duration.js';
import type { DataEncryptionOptions } from '../core/encryption/data-key-ring.js';
import { SessionConfigInvalidError } from '../core/errors.js';
import type { AdoptionSource } from '../core/adoption/session-adoption.js';
import { passportUserIdOf } from '../core/named-user.js';
import { resolveDuration, type SessionOptionsInput } from '../core/policy/session-options.js';
import { hasMethods, requireOption } from '../core/require-option.js';
import type { SessionStore } from '../core/session-store.js';
import type { ClearSiteDataDirective } from '../express/clear-site-data.js';
import type { CsrfOptions } from '../express/csrf/csrf-policy.js';
import type { SessionCookieOptions } from '../express/session-cookie.js';
import { MIDDLEWARE_KINDS, type MiddlewareKind } from '../express/session-middleware.js';
import type { UserIdOf } from '../express/user-id-of.js';
import type { PlaceOf } from './places.js';

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
  /** Who makes `req.session`: this library when it is read, or express-session for every request. Default: gatehouse. */
  readonly middleware?: MiddlewareKind;
  /** Has browsers forget more than the cookie at logout; `true` is `cache` and `storage`. Default: false. */
  readonly clearSiteData?: boolean | readonly ClearSiteDataDirective[];
  /** Anonymous sessions that one address may open in a minute: on all nodes together with Redis, else on each. Default: 1000. */
  readonly anonymousSessionsPerMinute?: number;
  /** Handshakes of live connections that one session, and strangers from one address, may make in a minute, counted likewise. Default: 600. */
  readonly handshakesPerMinute?: number;
  /** How old the last proof of identity may be where self-service ends another session of one's own; 1s to 30d. Default: any age. */
  readonly selfServiceFreshWithin?: Duration;
  /** Where an address is, coarsely, for lists of devices. Default: places are not told. */
  readonly placeOf?: PlaceOf;
  /** Encrypts the data of sessions before the store sees them. Default: they are stored as they are. */
  readonly dataEncryption?: DataEncryptionOptions;
  /** Sessions of an application that came before, to be moved in as their browsers come back. */
  readonly adopt?: AdoptionSource;
  /** Where the time is read. Default: the system's clock. */
  readonly clock?: Clock;
}

/** @throws SessionConfigInvalidError */
export function middlewareKindOf({
  middleware = 'gatehouse',
}: Pick<SessionModuleOptions, 'middleware'>): MiddlewareKind {
  if (!MIDDLEWARE_KINDS.includes(middleware))
    throw new SessionConfigInvalidError(
      'middleware',
      `must be one of ${MIDDLEWARE_KINDS.join(', ')}`,
      middleware,
    );
  return middleware;
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
  requireOption(
    Array.isArray(trustedOrigins),
    'trustedOrigins',
    'must be a list of origins',
    trustedOrigins,
  );
  for (const origin of trustedOrigins)
    requireOption(
      isOrigin(origin),
      'trustedOrigins',
      'must hold origins such as "https://www.example.com"',
      origin,
    );
  return new Set(trustedOrigins);
}

const isOrigin = (value: unknown): boolean =>
  typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;

/** Undefined: the application has chosen none. @throws SessionConfigInvalidError */
export function storeOf({ store }: SessionModuleOptions): SessionStore | undefined {
  const isStore = store === undefined || hasMethods(store, 'start', 'create', 'find');
  requireOption(isStore, 'store', 'must be a store, such as redisStore(client)', store);
  return store;
}

/** @throws SessionConfigInvalidError */
export function userIdOfIn({ userIdOf = passportUserIdOf }: SessionModuleOptions): UserIdOf {
  requireOption(typeof userIdOf === 'function', 'userIdOf', 'must be a function', userIdOf);
  return userIdOf;
}

/** @throws SessionConfigInvalidError */
export function adoptionSourceOf({ adopt }: SessionModuleOptions): AdoptionSource | undefined {
  const isSource = adopt === undefined || hasMethods(adopt, 'find', 'remove');
  requireOption(isSource, 'adopt', 'must be a source, such as connectRedis(options)');
  return adopt;
}

/** @throws SessionConfigInvalidError */
export function clockOf({ clock = systemClock }: SessionModuleOptions): Clock {
  requireOption(hasMethods(clock, 'now'), 'clock', 'must have a method now', clock);
  return clock;
}
