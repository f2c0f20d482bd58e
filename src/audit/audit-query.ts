import type {
  AuditEvent,
  AuditEventType,
  Initiator,
  JsonObject,
} from '../core/audit/audit-event.js';
import type { Page, PageRequest } from '../core/session-store.js';

/** Token of the `AuditQuery` that the audit module provides. */
export const AUDIT_QUERY = Symbol('AUDIT_QUERY');

/** All that are set must match, exactly; an absent one lets everything pass. */
export interface AuditFilter {
  readonly tenantId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  /** Any of several; of an empty list, none. */
  readonly type?: AuditEventType | readonly AuditEventType[];
  readonly initiator?: Initiator;
  readonly outcome?: AuditEvent['outcome'];
  /** First millisecond of `occurredAt` that counts. */
  readonly from?: number;
  /** First that no longer does. */
  readonly to?: number;
}

/** What of an audit row may leave the process. Absent means that the event does not tell. */
export interface AuditView {
  readonly eventId: string;
  readonly type: AuditEventType;
  readonly occurredAt: number;
  readonly recordedAt: number;
  readonly outcome: AuditEvent['outcome'];
  readonly reason?: string;
  readonly initiator: Initiator;
  readonly actorId?: string;
  readonly tenantId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly requestId?: string;
  readonly ip?: string;
  readonly userAgent?: string;
  readonly methods?: readonly string[];
  readonly details?: JsonObject;
  /** With `chainSeq`, the row's place in the order of arrival. */
  readonly chain: number;
  readonly chainSeq: number;
}

export interface AuditQuery {
  /**
   * Newest first, at most 200 a page. Events of one millisecond follow their place in the chain.
   * What arrives between two pages moves nothing: it is on neither, or on the second.
   * @throws SessionInputInvalidError naming the part of the filter or page that is wrong
   */
  find(filter: AuditFilter, page: PageRequest): Promise<Page<AuditView>>;
}
