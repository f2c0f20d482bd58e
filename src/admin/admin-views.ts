import type { AuditEventType, Initiator, JsonObject } from '../core/audit-event.js';
import type { Page } from '../core/session-store.js';
import type { SessionView } from '../core/session-view.js';
import type { AuditView } from '../audit/audit-query.js';
import type { ListView } from '../nest/self-service.controller.js';

/** A page as the API gives it. */
export const toListView = <Item, View>(
  { items, nextCursor }: Page<Item>,
  toView: (item: Item) => View,
): ListView<View> => ({ items: items.map(toView), nextCursor: nextCursor ?? null });

/** A page over all users. @publicApi */
export interface SessionSearchView extends ListView<SessionView> {
  /** Entries looked at for this page; at most 1,000, so a page may be short and still have a next. */
  readonly examined: number;
}

/** What ending by filter did, or, with `dryRun`, would have done. @publicApi */
export interface RevokeWhereView {
  /** Live sessions that matched, the operator's own left out. */
  readonly matched: number;
  readonly ended: number;
  readonly dryRun: boolean;
}

/** How many sessions a request ended. @publicApi */
export interface EndedView {
  readonly ended: number;
}

/** What the API shows of an audit event. Times are ISO 8601 in UTC; null where the event does not tell. @publicApi */
export interface AuditEventView {
  readonly eventId: string;
  readonly type: AuditEventType;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  readonly initiator: Initiator;
  readonly actorId: string | null;
  readonly tenantId: string | null;
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly requestId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly methods: readonly string[] | null;
  readonly details: JsonObject | null;
  /** With `chainSeq`, the row's place in the order of arrival. */
  readonly chain: number;
  readonly chainSeq: number;
}

/** Lists fields by hand: a spread here would publish whatever a row comes to hold next. */
export const toAuditEventView = (event: AuditView): AuditEventView => ({
  eventId: event.eventId,
  type: event.type,
  occurredAt: new Date(event.occurredAt).toISOString(),
  recordedAt: new Date(event.recordedAt).toISOString(),
  outcome: event.outcome,
  reason: event.reason ?? null,
  initiator: event.initiator,
  actorId: event.actorId ?? null,
  tenantId: event.tenantId ?? null,
  userId: event.userId ?? null,
  sessionId: event.sessionId ?? null,
  requestId: event.requestId ?? null,
  ip: event.ip ?? null,
  userAgent: event.userAgent ?? null,
  methods: event.methods ?? null,
  details: event.details ?? null,
  chain: event.chain,
  chainSeq: event.chainSeq,
});
