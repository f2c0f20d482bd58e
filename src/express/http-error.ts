import { SessionEndedError, SessionError, type SessionErrorCode } from '../core/errors.js';

/** The one place where a library error becomes an HTTP status. */
const STATUS_OF: Readonly<Record<SessionErrorCode, number>> = {
  SESSION_CONFIG_INVALID: 500,
  SESSION_LAYOUT_MISMATCH: 500,
  SESSION_STORE_UNAVAILABLE: 503,
  SESSION_AUDIT_BACKLOG: 503,
  SESSION_IDENTITY_INVALID: 400,
  SESSION_INPUT_INVALID: 400,
  SESSION_NOT_FOUND: 404,
  SESSION_LIMIT_REACHED: 409,
  SESSION_USER_BLOCKED: 403,
  SESSION_CONFLICT: 409,
  SESSION_THROTTLED: 429,
  SESSION_HEADERS_SENT: 500,
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
  /** Why the session ended; told to the holder of its token alone. */
  readonly reason?: string;
}

export function httpErrorOf(error: SessionError): HttpErrorBody {
  return {
    statusCode: STATUS_OF[error.code],
    code: error.code,
    message: error.message,
    ...(error instanceof SessionEndedError && { reason: error.reason }),
  };
}
