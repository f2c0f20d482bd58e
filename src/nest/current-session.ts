import { SessionNotFreshError } from '../core/errors.js';
import { refusalOf } from '../core/refusal.js';
import { toSessionInfo, type SessionInfo } from '../core/session-info.js';
import type { SessionRecord } from '../core/session-record.js';
import { isFresh } from '../core/policy/session-policy.js';
import type { User } from '../core/user.js';
import { findLiveSession } from '../express/live/live-session.js';
import { findRequestSession } from '../express/request-session-of.js';

/** The signed-in session of a request. */
export interface SignedInSession extends SessionInfo {
  readonly user: User;
  readonly userId: string;
  readonly tenantId: string;
}

/** Undefined where nobody is signed in, whatever the reason. */
export function findSignedIn(request: object | undefined): SignedInSession | undefined {
  const session = findRecord(request);
  if (!session?.user) return undefined;
  return { ...toSessionInfo(session), ...session.user, user: session.user };
}

/** @throws SessionRequiredError, SessionEndedError, SessionStoreUnavailableError */
export function requireSignedIn(request: object | undefined): SignedInSession {
  return findSignedIn(request) ?? refuse(request);
}

/** For who needs not know who it is. @throws as `requireSignedIn` */
export function requireUser(request: object | undefined): void {
  if (!findRecord(request)?.user) refuse(request);
}

const findRecord = (request: object | undefined): SessionRecord | undefined =>
  findLiveSession(request)?.session ?? findRequestSession(request)?.active?.session;

function refuse(request: object | undefined): never {
  const { verdict } = findLiveSession(request) ?? findRequestSession(request) ?? {};
  throw refusalOf(verdict);
}

/** @throws SessionNotFreshError for a proof of identity given `maxAgeMs` ago or more */
export function requireFresh(session: SignedInSession, maxAgeMs: number, now: number): void {
  if (!isFresh(session, maxAgeMs, now))
    throw new SessionNotFreshError(maxAgeMs, session.authenticatedAt);
}
