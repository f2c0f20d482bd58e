import {
  outcomeOf,
  type AuditContext,
  type AuditEvent,
  type AuditEventType,
  type Initiator,
} from '../../core/audit/audit-event.js';
import type { SessionId } from '../../core/ids.js';
import type { OutboxEntry } from '../../core/session-store.js';
import { integerOf, listOf, pairsOf, textOf, type Reply } from './reply.js';

/** What of an event's subject goes into an entry; field names as in `lua/includes/events.lua`. */
export const packedSubject = (
  event: Pick<AuditEvent, 'reason' | 'tenantId' | 'userId' | 'sessionId'>,
): Readonly<Record<string, string | undefined>> => ({
  s: event.sessionId,
  n: event.tenantId,
  u: event.userId,
  r: event.reason,
});

/** The initiator travels apart from the rest, because scripts replace it. */
export function contextArguments({ initiator, ...context }: AuditContext): {
  readonly initiator: Initiator;
  readonly context: string;
} {
  return { initiator, context: JSON.stringify(context) };
}

/** Takes an entry of `XRANGE` apart. */
export function outboxEntryOf(reply: Reply): OutboxEntry {
  const [key, values] = listOf(reply);
  const fields = new Map(pairsOf(values).map(([name, value]) => [textOf(name), textOf(value)]));
  return { key: textOf(key), event: eventOf(fields) };
}

function eventOf(fields: ReadonlyMap<string, string>): AuditEvent {
  const type = fields.get('t') as AuditEventType;
  const reason = fields.get('r');
  const tenantId = fields.get('n');
  const userId = fields.get('u');
  const sessionId = fields.get('s') as SessionId | undefined;
  return {
    ...(JSON.parse(fields.get('c')!) as Omit<AuditContext, 'initiator'>),
    initiator: fields.get('o') as Initiator,
    eventId: fields.get('i')!,
    type,
    occurredAt: integerOf(fields.get('a')),
    outcome: outcomeOf(type),
    ...(reason !== undefined && { reason }),
    ...(tenantId !== undefined && { tenantId }),
    ...(userId !== undefined && { userId }),
    ...(sessionId !== undefined && { sessionId }),
  };
}
