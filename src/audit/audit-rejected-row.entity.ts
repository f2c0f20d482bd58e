import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ChainColumn, LongColumn, TextColumn } from './audit-columns.js';

/** An event that the database refused for its content, kept so that it is not lost. In no chain. */
@Entity('audit_rejected')
export class AuditRejectedRow {
  @PrimaryColumn({ name: 'event_id', type: 'varchar', length: 64 })
  readonly eventId: string;

  @ChainColumn()
  readonly chain: number;

  @TextColumn('type', 64)
  readonly type: string;

  @LongColumn('occurred_at')
  readonly occurredAt: number;

  /** The event as JSON, made harmless and cut to 16,000 characters. */
  @Column({ name: 'payload', type: 'text' })
  readonly payload: string;

  @TextColumn('error_code', 64)
  readonly errorCode: string;

  @LongColumn('rejected_at')
  readonly rejectedAt: number;
}
