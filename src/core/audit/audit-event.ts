import type { SessionId } from '../ids.js';

/** Who set a change off: the four values of CAEP's `initiating_entity` (OpenID CAEP 1.0, section 2). */
export type Initiator = 'user' | 'admin' | 'policy' | 'system';

/** Facts, in the past tense. */
export const AUDIT_EVENT_TYPES = [
  'session.created',
  'session.rotated',
  'session.reauthenticated',
  'session.revoked',
  'session.evicted',
  'session.expired',
  'session.adopted',
  'session.limit_rejected',
  'session.token_reused',
  'session.used_after_end',
  'login.failed',
  'csrf.rejected',
  'admin.access_denied',
  'sessions.all_revoked',
  'user.blocked',
  'impersonation.started',
  'impersonation.stopped',
  'audit.pseudonymised',
  'audit.purged',
] as const;
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** What the caller of a change knows about it. The driver adds what only the record can tell. */
export interface AuditContext {
  readonly initiator: Initiator;
  /** The user id of whoever acted, where that is not the session's own user. */
  readonly actorId?: string;
  readonly requestId?: string;
  readonly ip?: string;
  readonly userAgent?: string;
  readonly methods?: readonly string[];
  readonly details?: JsonObject;
}

/** One fact, as it leaves the outbox. It never holds a token, a token hash or session data. */
export interface AuditEvent extends AuditContext {
  /** Unique; a repeated delivery has the same. At most 64 characters. */
  readonly eventId: string;
  readonly type: AuditEventType;
  /** Whole milliseconds. */
  readonly occurredAt: number;
  readonly outcome: 'success' | 'failure';
  readonly reason?: string;
  readonly tenantId?: string;
  readonly userId?: string;
  readonly sessionId?: SessionId;
}

/** Facts that tell of something refused or wrong; every other type is a success. */
const FAILURES: ReadonlySet<AuditEventType> = new Set<AuditEventType>([
  'session.limit_rejected',
  'session.token_reused',
  'session.used_after_end',
  'login.failed',
  'csrf.rejected',
  'admin.access_denied',
]);

export const outcomeOf = (type: AuditEventType): AuditEvent['outcome'] =>
  FAILURES.has(type) ? 'failure' : 'success';
