import type { AuditEvent, JsonValue } from '../core/audit/audit-event.js';
import { shortenAddress, type AddressPrivacy } from './audit-address.js';
import type { UnchainedRow } from './audit-chain.js';

/** The event is not of the shape that every column can give back as it was. */
export class MalformedEventError extends Error {
  readonly code = 'AUDIT_EVENT_MALFORMED';

  constructor(readonly field: string) {
    super(`An audit event came with an impossible ${field}`);
  }
}

/**
 * An event as a row, recorded now. Every value is taken as it will be read back, so that the
 * hashes agree. @throws MalformedEventError
 */
export const toUnchainedRow = (event: AuditEvent, recordedAt: number): UnchainedRow => ({
  eventId: textOf('eventId', event.eventId),
  type: textOf('type', event.type),
  occurredAt: wholeNumberOf('occurredAt', event.occurredAt),
  recordedAt,
  outcome: textOf('outcome', event.outcome),
  reason: optionalTextOf('reason', event.reason),
  initiator: textOf('initiator', event.initiator),
  actorId: optionalTextOf('actorId', event.actorId),
  tenantId: optionalTextOf('tenantId', event.tenantId),
  userId: optionalTextOf('userId', event.userId),
  sessionId: optionalTextOf('sessionId', event.sessionId),
  requestId: optionalTextOf('requestId', event.requestId),
  ip: optionalTextOf('ip', event.ip),
  userAgent: optionalTextOf('userAgent', event.userAgent),
  methods: jsonOf(event.methods),
  details: jsonOf(event.details),
});

/** What of an event may be kept; where addresses are shortened, what is not an address goes too. */
export function withPrivacy(event: AuditEvent, addressPrivacy: AddressPrivacy): AuditEvent {
  if (addressPrivacy === 'full' || event.ip === undefined) return event;
  const { ip, ...rest } = event;
  const network = shortenAddress(ip);
  return network === undefined ? rest : { ...rest, ip: network };
}

function textOf<Text extends string>(field: string, value: Text): Text {
  if (typeof value !== 'string') throw new MalformedEventError(field);
  return value.toWellFormed() as Text;
}

const optionalTextOf = (field: string, value: string | undefined): string | null =>
  value === undefined ? null : textOf(field, value);

function wholeNumberOf(field: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw new MalformedEventError(field);
  return value;
}

const jsonOf = <Value extends JsonValue>(value: Value | undefined): Value | null =>
  value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Value);
