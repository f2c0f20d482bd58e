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

/** A stream id, and the bytes that the entry counts for in `outboxBytes`. */
const KEY_FORMAT = /^(\d{1,15}-\d{1,15})\/(\d{1,9})$/;

/** Takes an entry of `XRANGE` apart. */
export function outboxEntryOf(reply: Reply): OutboxEntry {
  const [id, values] = listOf(reply);
  const pairs = pairsOf(values).map(([name, value]) => [textOf(name), textOf(value)] as const);
  // As `lua/includes/outbox.lua` counts it: the values alone.
  const bytes = pairs.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
  return { key: `${textOf(id)}/${bytes}`, event: eventOf(new Map(pairs)) };
}

/** Ids and bytes in turns, of keys that an entry can have. */
export const partsOfKeys = (keys: readonly string[]): readonly string[] =>
  keys.flatMap((key) => KEY_FORMAT.exec(key)?.slice(1) ?? []);

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
