import {
  outcomeOf,
  type AuditContext,
  type AuditEvent,
  type AuditEventType,
} from './audit-event.js';
import type { SessionId } from '../ids.js';
import type { Operation } from '../session-store.js';
import type { User } from '../user.js';

/** What happened to whom, before the operation says when, why and by whom. */
export type Fact = Pick<
  AuditEvent,
  'type' | 'reason' | 'tenantId' | 'userId' | 'sessionId' | 'methods'
>;

export const factOf = (
  type: AuditEventType,
  subject: { readonly user: User; readonly id?: SessionId; readonly reason?: string },
): Fact => ({
  type,
  ...subject.user,
  ...(subject.id !== undefined && { sessionId: subject.id }),
  ...(subject.reason !== undefined && { reason: subject.reason }),
});

export const auditEvent = (fact: Fact, operation: Operation): AuditEvent => ({
  ...operation.context,
  ...fact,
  eventId: operation.eventId,
  occurredAt: operation.now,
  outcome: outcomeOf(fact.type),
});

/** The part of an operation that concerns one of several sessions, with an event id of its own. */
export const partOf = (
  operation: Operation,
  id: SessionId,
  context: AuditContext = operation.context,
): Operation => ({ ...operation, eventId: `${operation.eventId}.${id}`, context });
