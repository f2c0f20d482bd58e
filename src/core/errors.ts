import type { SessionId } from './ids.js';

/** Every code this library answers with. Branch on these; messages are for people. */
export type SessionErrorCode =
  | 'SESSION_CONFIG_INVALID'
  | 'SESSION_LAYOUT_MISMATCH'
  | 'SESSION_STORE_UNAVAILABLE'
  | 'SESSION_AUDIT_BACKLOG'
  | 'AUDIT_UNAVAILABLE'
  | 'SESSION_IDENTITY_INVALID'
  | 'SESSION_INPUT_INVALID'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_LIMIT_REACHED'
  | 'SESSION_USER_BLOCKED'
  | 'SESSION_CONFLICT'
  | 'SESSION_JOB_LIMIT_REACHED'
  | 'SESSION_THROTTLED'
  | 'SESSION_HEADERS_SENT'
  | 'SESSION_DATA_TOO_LARGE'
  | 'SESSION_DATA_UNREADABLE'
  | 'SESSION_REQUIRED'
  | 'SESSION_EXPIRED'
  | 'SESSION_REVOKED'
  | 'SESSION_EVICTED'
  | 'SESSION_NOT_FRESH'
  | 'CSRF_REJECTED';

/** Root of every error this library throws. Holds no token, hash or cookie, ever. */
export abstract class SessionError extends Error {
  abstract readonly code: SessionErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** An option is out of its range; thrown at start, so the application does not come up. */
export class SessionConfigInvalidError extends SessionError {
  readonly code = 'SESSION_CONFIG_INVALID';

  constructor(
    readonly option: string,
    readonly rule: string,
    value?: unknown,
  ) {
    super(`Option "${option}" ${rule}${value === undefined ? '' : `; got ${inspect(value)}`}`);
  }
}

/** What is stored was laid out by other settings than these, so nothing here may touch it. */
export class SessionLayoutMismatchError extends SessionError {
  readonly code = 'SESSION_LAYOUT_MISMATCH';
}

/** The store did not answer in time or refused; nothing is known to have changed. */
export class SessionStoreUnavailableError extends SessionError {
  readonly code = 'SESSION_STORE_UNAVAILABLE';

  constructor(
    readonly operation: string,
    cause?: unknown,
  ) {
    super(`Session store failed during ${operation}`, { cause });
  }
}

/** So many audit events wait for the database that no further session may be opened. */
export class SessionAuditBacklogError extends SessionError {
  readonly code = 'SESSION_AUDIT_BACKLOG';

  constructor() {
    super('Audit events wait beyond the allowed backlog; new sessions are refused until it drains');
  }
}

/** The audit's database did not answer in time or refused. Sessions and their events are not concerned. */
export class AuditUnavailableError extends SessionError {
  readonly code = 'AUDIT_UNAVAILABLE';

  constructor(
    readonly operation: string,
    cause?: unknown,
  ) {
    super(`The audit's database failed during ${operation}`, { cause });
  }
}

/** A tenant or user id that could not travel unchanged through keys, rows and logs. */
export class SessionIdentityInvalidError extends SessionError {
  readonly code = 'SESSION_IDENTITY_INVALID';

  constructor(
    readonly field: string,
    readonly rule: string,
  ) {
    super(`${field} ${rule}`);
  }
}

/** A cursor, filter, date or size from outside that does not parse. */
export class SessionInputInvalidError extends SessionError {
  readonly code = 'SESSION_INPUT_INVALID';

  constructor(
    readonly parameter: string,
    readonly rule: string,
  ) {
    super(`Parameter "${parameter}" ${rule}`);
  }
}

/** No such session, or one that the caller may not know of; the two are not told apart. */
export class SessionNotFoundError extends SessionError {
  readonly code = 'SESSION_NOT_FOUND';

  constructor() {
    super('No such session');
  }
}

export class SessionLimitReachedError extends SessionError {
  readonly code = 'SESSION_LIMIT_REACHED';

  constructor(readonly limit: number) {
    super(`The user already has ${limit} sessions, the most allowed`);
  }
}

export class SessionUserBlockedError extends SessionError {
  readonly code = 'SESSION_USER_BLOCKED';

  constructor(readonly until: number) {
    super('New sessions of this user are blocked for now');
  }
}

/** Another writer changed the session first, on every try. */
export class SessionConflictError extends SessionError {
  readonly code = 'SESSION_CONFLICT';

  constructor() {
    super('The session was changed by another request');
  }
}

/** An operator has as many jobs of the kind under way as one may have; one of them has to end first. */
export class SessionJobLimitReachedError extends SessionError {
  readonly code = 'SESSION_JOB_LIMIT_REACHED';

  constructor(readonly limit: number) {
    super(`${limit} jobs of this kind are under way already; wait for one of them to end`);
  }
}

/** One address asks for more than it is allowed in a minute. */
export class SessionThrottledError extends SessionError {
  readonly code = 'SESSION_THROTTLED';

  constructor() {
    super('Too many requests from this address');
  }
}

/** A login came after the response's headers, so its cookie could not reach the browser any more. */
export class SessionHeadersSentError extends SessionError {
  readonly code = 'SESSION_HEADERS_SENT';

  constructor() {
    super('Log in before the response begins; its headers have left without the session cookie');
  }
}

/** The data would come to more than `maxDataBytes`. Nothing of the write was stored. */
export class SessionDataTooLargeError extends SessionError {
  readonly code = 'SESSION_DATA_TOO_LARGE';

  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(`The session's data would come to ${bytes} bytes; at most ${maxBytes} are allowed`);
  }
}

const UNREADABLE = {
  'unknown-key': 'was encrypted with a key that is not among dataEncryption.keys',
  'not-authentic': 'was changed, moved, or encrypted with another key of that name',
  'not-encrypted': 'is not encrypted',
} as const;

/** What is stored of the session cannot be decrypted, so nothing of it is shown. Nothing was changed. */
export class SessionDataUnreadableError extends SessionError {
  readonly code = 'SESSION_DATA_UNREADABLE';

  constructor(
    readonly sessionId: SessionId,
    readonly problem: keyof typeof UNREADABLE,
    readonly keyId?: string,
  ) {
    const named = keyId === undefined ? '' : ` (key "${keyId}")`;
    super('The session cannot be read', {
      cause: new Error(`a value of session ${sessionId} ${UNREADABLE[problem]}${named}`),
    });
  }
}

/** There is no session where one is needed. A stranger learns no more than this. */
export class SessionRequiredError extends SessionError {
  readonly code = 'SESSION_REQUIRED';

  constructor() {
    super('A session is required');
  }
}

const ENDED_CODES = {
  expired: 'SESSION_EXPIRED',
  revoked: 'SESSION_REVOKED',
  evicted: 'SESSION_EVICTED',
} as const;

/** The presented session has ended. Only the holder of its token is told so, and why. */
export class SessionEndedError extends SessionError {
  readonly code: (typeof ENDED_CODES)[keyof typeof ENDED_CODES];

  constructor(
    readonly state: keyof typeof ENDED_CODES,
    readonly reason: string,
  ) {
    super(`The session was ${state}`);
    this.code = ENDED_CODES[state];
  }
}

/** The last proof of identity is too long ago for this; the user has to give it again. */
export class SessionNotFreshError extends SessionError {
  readonly code = 'SESSION_NOT_FRESH';

  constructor(
    /** How long ago the proof may be. */
    readonly maxAgeMs: number,
    /** When it was; absent where nobody knows. */
    readonly authenticatedAt?: number,
  ) {
    super('A recent authentication is required');
  }
}

/** A state-changing request that a browser sent from another site, or without the token asked for. */
export class CsrfRejectedError extends SessionError {
  readonly code = 'CSRF_REJECTED';

  constructor() {
    super('The request does not come from a page of this site');
  }
}

/** Options hold secrets and servers, so of anything structured only the kind is told. */
function inspect(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return `${value}`;
  return typeof value;
}
