import type { AuditView } from '../audit/audit-query.js';
import type { Page } from '../core/session-store.js';
import { isoTime } from '../core/iso-time.js';
import type { ListView } from '../nest/self-service-views.js';
import type { AuditEventView } from './admin-views.js';

/** A page as the API gives it. */
export const toListView = <Item, View>(
  { items, nextCursor }: Page<Item>,
  toView: (item: Item) => View,
): ListView<View> => ({ items: items.map(toView), nextCursor: nextCursor ?? null });

/** Lists fields by hand: a spread here would publish whatever a row comes to hold next. */
export const toAuditEventView = (event: AuditView): AuditEventView => ({
  eventId: event.eventId,
  type: event.type,
  occurredAt: isoTime(event.occurredAt),
  recordedAt: isoTime(event.recordedAt),
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
