import {
  SessionEndedError,
  SessionError,
  SessionIdentityInvalidError,
  SessionInputInvalidError,
  SessionNotFreshError,
  type SessionErrorCode,
} from '../core/errors.js';
import { isoTime } from '../core/iso-time.js';

/** The one place where a library error becomes an HTTP status. */
const STATUS_OF: Readonly<Record<SessionErrorCode, number>> = {
  SESSION_CONFIG_INVALID: 500,
  SESSION_LAYOUT_MISMATCH: 500,
  SESSION_STORE_UNAVAILABLE: 503,
  SESSION_AUDIT_BACKLOG: 503,
  AUDIT_UNAVAILABLE: 503,
  SESSION_IDENTITY_INVALID: 400,
  SESSION_INPUT_INVALID: 400,
  SESSION_NOT_FOUND: 404,
  SESSION_LIMIT_REACHED: 409,
  SESSION_USER_BLOCKED: 403,
  SESSION_CONFLICT: 409,
  SESSION_JOB_LIMIT_REACHED: 409,
  SESSION_THROTTLED: 429,
  SESSION_HEADERS_SENT: 500,
  SESSION_DATA_TOO_LARGE: 413,
  SESSION_DATA_UNREADABLE: 503,
  SESSION_REQUIRED: 401,
  SESSION_EXPIRED: 401,
  SESSION_REVOKED: 401,
  SESSION_EVICTED: 401,
  SESSION_NOT_FRESH: 403,
  CSRF_REJECTED: 403,
};

/** What an HTTP client is told of an error. */
export interface HttpErrorBody {
  readonly statusCode: number;
  readonly code: SessionErrorCode;
  readonly message: string;
  /** What of the request is wrong, by its path such as `filter.ip`. */
  readonly parameter?: string;
  /** Why the session ended; told to the holder of its token alone. */
  readonly reason?: string;
  /** Seconds that the last proof of identity may be old here. */
  readonly maxAge?: number;
  /** When it was given, ISO 8601 in UTC; null where nobody knows. */
  readonly authenticatedAt?: string | null;
}

export function httpErrorOf(error: SessionError): HttpErrorBody {
  return {
    statusCode: STATUS_OF[error.code],
    code: error.code,
    message: error.message,
    ...(error instanceof SessionInputInvalidError && { parameter: error.parameter }),
    ...(error instanceof SessionIdentityInvalidError && { parameter: error.field }),
    ...(error instanceof SessionEndedError && { reason: error.reason }),
    ...(error instanceof SessionNotFreshError && freshnessAskedBy(error)),
  };
}

/**
 * Error code and `max_age` of the OAuth step-up challenge (RFC 9470, 3), for clients that answer it
 * by authenticating anew. The scheme is our own, since a cookie is no bearer token, and the status
 * stays 403: the session is good, and RFC 9110, 11.6.1, lets any status carry a challenge.
 */
export function challengeOf(error: SessionError): string | undefined {
  if (!(error instanceof SessionNotFreshError)) return undefined;
  const { maxAge } = freshnessAskedBy(error);
  return `Session error="insufficient_user_authentication", max_age="${maxAge}"`;
}

const freshnessAskedBy = ({ maxAgeMs, authenticatedAt }: SessionNotFreshError) => ({
  maxAge: Math.floor(maxAgeMs / 1_000),
  authenticatedAt: authenticatedAt === undefined ? null : isoTime(authenticatedAt),
});
