import { systemClock, type Clock } from '../../core/clock.js';
import { passportUserIdOf, type NamedUser } from '../../core/named-user.js';
import { hasMethods, optionsIn, requireOption } from '../../core/require-option.js';

/** The commands needed of an ioredis client. */
export interface LegacyRedisClient {
  get(key: string): Promise<string | null>;
  pttl(key: string): Promise<number>;
  del(keys: string[]): Promise<number>;
}

/** What connect-redis stored for one session. */
export type LegacyData = Readonly<Record<string, unknown>>;

/** Where the sessions of express-session with connect-redis 8 are. */
export interface ConnectRedisOptions {
  /** The client that the old application gave to connect-redis, or one like it. It stays the caller's. */
  readonly client: LegacyRedisClient;
  /** As the old application gave it to connect-redis. Default: `sess:`. */
  readonly prefix?: string;
  /** express-session's `name`. Default: `connect.sid`. */
  readonly cookieName?: string;
  /** express-session's `secret`, or list of them. */
  readonly secret: string | readonly string[];
  /**
   * Who is signed in to a session; undefined: nobody. A bare string is a user id without a tenant.
   * Default: passport's user, where its serializer made a string or a number of it.
   */
  readonly userIdOf?: (data: LegacyData) => NamedUser | undefined;
  /**
   * When to stop looking at legacy cookies: a `Date`, ISO 8601 text or milliseconds since 1970. At
   * least the legacy cookie's greatest lifetime after the last old process stops.
   */
  readonly until: Date | string | number;
  /**
   * As the old application gave it to connect-redis: seconds, or a function of the session that
   * says them. It tells when a session was last seen. Default: told by the cookie's `maxAge`;
   * without one, moving in counts as activity.
   */
  readonly ttl?: number | ((data: LegacyData) => number);
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface CheckedOptions extends Required<
  Omit<ConnectRedisOptions, 'secret' | 'until' | 'ttl'>
> {
  readonly secrets: readonly string[];
  readonly until: number;
  readonly ttl: ConnectRedisOptions['ttl'];
}

const COMMANDS = ['get', 'pttl', 'del'] as const;
/** RFC 6265, section 4.1.1. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}/;

/** @throws SessionConfigInvalidError, which never shows a secret */
export function checkOptions(given: ConnectRedisOptions): CheckedOptions {
  const options = optionsIn('adopt', given) as ConnectRedisOptions;
  const { client, prefix = 'sess:', cookieName = 'connect.sid', ttl } = options;
  const { userIdOf = passportUserIdOf, clock = systemClock } = options;
  const secrets = [options.secret].flat();
  requireThat(hasMethods(client, ...COMMANDS), 'client', 'must be an ioredis client', client);
  requireThat(typeof prefix === 'string', 'prefix', 'must be a string', prefix);
  requireThat(
    typeof cookieName === 'string' && COOKIE_NAME.test(cookieName),
    'cookieName',
    'must be a cookie name',
    cookieName,
  );
  requireThat(hasMethods(clock, 'now'), 'clock', 'must have a method now', clock);
  requireThat(
    secrets.length > 0 && secrets.every((secret) => typeof secret === 'string' && secret !== ''),
    'secret',
    'must be a non-empty string or a list of such',
  );
  requireThat(typeof userIdOf === 'function', 'userIdOf', 'must be a function', userIdOf);
  requireThat(isTtl(ttl), 'ttl', 'must be seconds, more than 0, or a function', ttl);
  const until = instantOf(options.until);
  return { client, prefix, cookieName, secrets, userIdOf, until, ttl, clock };
}

function instantOf(until: ConnectRedisOptions['until']): number {
  const isInstant =
    until instanceof Date ||
    typeof until === 'number' ||
    (typeof until === 'string' && ISO_DATE.test(until));
  const instant = isInstant ? new Date(until).getTime() : NaN;
  requireThat(
    Number.isFinite(instant) && instant > 0,
    'until',
    'must be a Date, ISO 8601 text or milliseconds since 1970',
    until instanceof Date ? String(until) : until,
  );
  return instant;
}

const isTtl = (ttl: ConnectRedisOptions['ttl']): boolean =>
  ttl === undefined || typeof ttl === 'function' || (Number.isFinite(ttl) && ttl > 0);

function requireThat(holds: boolean, option: string, rule: string, value?: unknown): void {
  requireOption(holds, `adopt.${option}`, rule, value);
}
