import {
  SessionEndedError,
  SessionRequiredError,
  SessionThrottledError,
  type SessionError,
} from './errors.js';
import type { Verdict } from './verdict.js';

/** A token that was once good may hear why it is not; anything else hears only that one is needed. */
export function refusalOf(verdict: Verdict | undefined): SessionError {
  switch (verdict?.state) {
    case 'unavailable':
      return verdict.error;
    case 'throttled':
      return new SessionThrottledError();
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
