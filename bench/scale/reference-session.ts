import type { SessionData as ExpressSessionData } from 'express-session';
import { newSessionId } from '../../src/core/ids.js';
import type { NewSession } from '../../src/core/session-store.js';
import { shardOfUser, type User } from '../../src/core/user.js';
import { aTokenHash } from '../../src/testing/builders.js';

/*
 * The reference: a browser's session of a user who has signed in with a password. It has what
 * passport and a CSRF token put there, and what a list of one's devices shows: since when, last
 * seen, address, browser. That is about 400 bytes as connect-redis writes it. Ours has the same
 * facts in fields of its own and, besides, what connect-redis has no notion of: the token's hash,
 * both deadlines, the methods, and the device's label.
 */

export const SESSIONS_A_USER = 5;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LIFETIME_MS = 12 * HOUR_MS;
const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

export const userAt = (index: number): User => ({
  tenantId: '',
  userId: `user-${100_000 + index}`,
});

interface Facts {
  readonly userId: string;
  readonly csrfSecret: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly ip: string;
  readonly userAgent: string;
}

/** Of the session number `index`; signed in within the last hour, seen since. */
const factsOf = (index: number, { userId }: User, now: number): Facts => ({
  userId,
  csrfSecret: aTokenHash().slice(0, 24),
  createdAt: now - HOUR_MS + (index % 3_600) * 1_000,
  lastSeenAt: now - (index % 7) * MINUTE_MS,
  ip: `203.0.113.${index % 256}`,
  userAgent: USER_AGENT,
});

export function referenceSession(index: number, user: User, shards: number): NewSession {
  const facts = factsOf(index, user, Date.now());
  const id = newSessionId(shardOfUser(user, shards));
  const { createdAt, ip, userAgent } = facts;
  return {
    id,
    user,
    createdAt,
    authenticatedAt: createdAt,
    lastSeenAt: Math.max(createdAt, facts.lastSeenAt),
    absoluteExpiresAt: createdAt + LIFETIME_MS,
    idleTimeoutMs: LIFETIME_MS,
    tokenHash: aTokenHash(id),
    generation: 0,
    rotatedAt: createdAt,
    rotation: 'immediate',
    methods: ['pwd'],
    device: { ip, userAgent, label: 'Chrome on Windows' },
    data: {
      passport: JSON.stringify({ user: facts.userId }),
      csrfSecret: JSON.stringify(facts.csrfSecret),
    },
  };
}

/** Of a user who has gone: over a minute after it began. */
export function shortSession(index: number, user: User, shards: number): NewSession {
  const now = Date.now();
  return {
    ...referenceSession(index, user, shards),
    createdAt: now,
    lastSeenAt: now,
    idleTimeoutMs: MINUTE_MS,
  };
}

/** The same facts in `req.session` of express-session. */
export function expressSession(index: number, user: User): ExpressSessionData {
  const { userId, ...facts } = factsOf(index, user, Date.now());
  const cookie = {
    originalMaxAge: LIFETIME_MS,
    expires: new Date(Date.now() + LIFETIME_MS),
    secure: true,
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
  } as const;
  return { cookie, passport: { user: userId }, ...facts } as ExpressSessionData;
}
