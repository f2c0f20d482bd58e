import { SessionEndedError, SessionRequiredError, type SessionError } from '../core/errors.js';
import { toSessionInfo, type SessionInfo } from '../core/session-info.js';
import type { User } from '../core/user.js';
import type { Verdict } from '../core/verdict.js';
import { findRequestSession } from '../express/request-session-of.js';

/** The signed-in session of a request. */
export interface SignedInSession extends SessionInfo {
  readonly user: User;
  readonly userId: string;
  readonly tenantId: string;
}

/** Undefined where nobody is signed in, whatever the reason. */
export function findSignedIn(request: object | undefined): SignedInSession | undefined {
  const session = findRequestSession(request)?.active?.session;
  if (!session?.user) return undefined;
  return { ...toSessionInfo(session), ...session.user, user: session.user };
}

/** @throws SessionRequiredError, SessionEndedError, SessionStoreUnavailableError */
export function requireSignedIn(request: object | undefined): SignedInSession {
  const session = findSignedIn(request);
  if (session) return session;
  throw refusalOf(findRequestSession(request)?.verdict);
}

/** A token that was once good may hear why it is not; anything else hears only that one is needed. */
function refusalOf(verdict: Verdict | undefined): SessionError {
  switch (verdict?.state) {
    case 'unavailable':
      return verdict.error;
    case 'expired':
    case 'revoked':
    case 'evicted':
      return new SessionEndedError(verdict.state, verdict.reason);
    case 'reused':
      return new SessionEndedError('revoked', 'token-reused');
    default:
      return new SessionRequiredError();
  }
}
