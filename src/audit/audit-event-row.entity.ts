import { Entity, Index } from 'typeorm';
import type {
  AuditEvent,
  AuditEventType,
  Initiator,
  JsonObject,
} from '../core/audit/audit-event.js';
import {
  LongColumn,
  OptionalJsonColumn,
  OptionalTextColumn,
  PrimaryChainColumn,
  PrimaryLongColumn,
  TextColumn,
} from './audit-columns.js';

/**
 * One audit event at its place in a chain. The primary key is the fence: of two relays that
 * write the same place, one is refused.
 */
@Entity('audit_events')
@Index('uq_audit_events_event_id', ['eventId'], { unique: true })
@Index('ix_audit_events_user', ['userId', 'tenantId', 'occurredAt'])
@Index('ix_audit_events_tenant', ['tenantId', 'occurredAt'])
@Index('ix_audit_events_session', ['sessionId', 'occurredAt'])
@Index('ix_audit_events_type', ['type', 'occurredAt'])
@Index('ix_audit_events_time', ['occurredAt', 'chain', 'chainSeq', 'outcome'])
export class AuditEventRow {
  @PrimaryChainColumn()
  readonly chain: number;

  /** 1 for a chain's first row, and without gaps from there. */
  @PrimaryLongColumn('chain_seq')
  readonly chainSeq: number;

  @TextColumn('event_id', 64)
  readonly eventId: string;

  @TextColumn('type', 64)
  readonly type: AuditEventType;

  @LongColumn('occurred_at')
  readonly occurredAt: number;

  /** When the relay wrote the row. */
  @LongColumn('recorded_at')
  readonly recordedAt: number;

  @TextColumn('outcome', 16)
  readonly outcome: AuditEvent['outcome'];

  @OptionalTextColumn('reason', 255)
  readonly reason: string | null;

  @TextColumn('initiator', 16)
  readonly initiator: Initiator;

  @OptionalTextColumn('actor_id', 255)
  readonly actorId: string | null;

  @OptionalTextColumn('tenant_id', 255)
  readonly tenantId: string | null;

  @OptionalTextColumn('user_id', 255)
  readonly userId: string | null;

  @OptionalTextColumn('session_id', 64)
  readonly sessionId: string | null;

  @OptionalTextColumn('request_id', 255)
  readonly requestId: string | null;

  @OptionalTextColumn('ip', 255)
  readonly ip: string | null;

  @OptionalTextColumn('user_agent', 512)
  readonly userAgent: string | null;

  @OptionalJsonColumn('methods')
  readonly methods: readonly string[] | null;

  @OptionalJsonColumn('details')
  readonly details: JsonObject | null;

  /** Names the key of the row's two HMACs. */
  @TextColumn('key_id', 64)
  readonly keyId: string;

  @TextColumn('personal_digest', 43)
  readonly personalDigest: string;

  @TextColumn('personal_salt', 22)
  readonly personalSalt: string;

  /** The hash of the row before, or empty for a chain's first. */
  @TextColumn('previous_hash', 43)
  readonly previousHash: string;

  @TextColumn('hash', 43)
  readonly hash: string;
}
