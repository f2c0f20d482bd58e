import { RedisStore } from 'connect-redis';
import { SessionInputInvalidError } from '../../core/errors.js';
import type { AdoptionSource, LegacySession } from '../../core/adoption/session-adoption.js';
import { encodeData } from '../../core/session-data.js';
import type { SessionData } from '../../core/session-record.js';
import {
  checkOptions,
  type CheckedOptions,
  type ConnectRedisOptions,
  type LegacyData,
} from './connect-redis-options.js';

const MAX_CHARACTERS = 1_048_576;

/** Answers of Redis' PTTL. */
const KEY_GONE = -2;
const KEY_STAYS = -1;

/**
 * Sessions of an application that leaves express-session with connect-redis 8 behind, for the
 * option `adopt`. Nobody is logged out by the change, provided that the options here are those
 * the old application ran with, and but for sessions silent for longer than `idleTimeout`.
 * @throws SessionConfigInvalidError
 */
export const connectRedis = (options: ConnectRedisOptions): AdoptionSource =>
  new ConnectRedisSource(checkOptions(options));

class ConnectRedisSource implements AdoptionSource {
  readonly cookieName: string;
  readonly secrets: readonly string[];
  readonly until: number;
  private readonly store: RedisStore;

  constructor(private readonly options: CheckedOptions) {
    this.cookieName = options.cookieName;
    this.secrets = options.secrets;
    this.until = options.until;
    const { client, prefix } = options;
    this.store = new RedisStore({ client, prefix, serializer });
  }

  async find(legacyId: string): Promise<LegacySession | undefined> {
    const { client, prefix, userIdOf, clock } = this.options;
    const [stored, remainingMs] = await Promise.all([
      this.store.get(legacyId) as Promise<unknown>,
      client.pttl(`${prefix}${legacyId}`),
    ]);
    if (!isSession(stored) || remainingMs === KEY_GONE) return undefined;
    const { cookie, ...values } = stored;
    const data = dataOf(values);
    if (!data) return undefined;
    const named = userIdOf(stored);
    return {
      data,
      ...(named !== undefined && { user: typeof named === 'string' ? { userId: named } : named }),
      ...(remainingMs !== KEY_STAYS && this.timesOf(stored, cookie, clock.now() + remainingMs)),
    };
  }

  async remove(legacyId: string): Promise<void> {
    await this.store.destroy(legacyId);
  }

  /**
   * Told by the key's own deadline, which every request renewed; the cookie stored in the session
   * is as old as the session's last change.
   */
  private timesOf(
    stored: LegacyData,
    cookie: StoredCookie,
    expiresAt: number,
  ): Pick<LegacySession, 'lastSeenAt' | 'expiresAt'> {
    const lifetimeMs = this.lifetimeOf(stored, cookie);
    return {
      ...(lifetimeMs !== undefined && { lastSeenAt: Math.round(expiresAt - lifetimeMs) }),
      ...(isDuration(cookie.originalMaxAge) && { expiresAt }),
    };
  }

  /** By connect-redis' rules: its own function first, then the cookie, then its fixed number. */
  private lifetimeOf(stored: LegacyData, { originalMaxAge }: StoredCookie): number | undefined {
    const { ttl } = this.options;
    if (typeof ttl === 'function') return ttl(stored) * 1000;
    if (isDuration(originalMaxAge)) return originalMaxAge;
    return ttl === undefined ? undefined : ttl * 1000;
  }
}

interface StoredCookie {
  readonly originalMaxAge?: unknown;
}

/** Whatever is no session of express-session is no session at all. */
const isSession = (stored: unknown): stored is LegacyData & { readonly cookie: StoredCookie } =>
  isObject(stored) && isObject(stored['cookie']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDuration = (value: unknown): value is number => typeof value === 'number' && value > 0;

/** Undefined for what no session of ours can hold. */
function dataOf(values: object): SessionData | undefined {
  try {
    return encodeData(values);
  } catch (error) {
    if (error instanceof SessionInputInvalidError) return undefined;
    throw error;
  }
}

type Serializer = NonNullable<ConstructorParameters<typeof RedisStore>[0]['serializer']>;

/** connect-redis passes on whatever it parsed, so what cannot be read is a session that is not there. */
const serializer: Serializer = {
  parse: (text) => parseText(text) as Awaited<ReturnType<Serializer['parse']>>,
  stringify: JSON.stringify,
};

function parseText(text: string): unknown {
  if (text.length > MAX_CHARACTERS) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
