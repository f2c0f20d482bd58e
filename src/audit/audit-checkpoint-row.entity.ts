import { Column, Entity } from 'typeorm';
import { LongColumn, PrimaryChainColumn, PrimaryLongColumn, TextColumn } from './audit-columns.js';

/** What a purge leaves of a chain's start: enough to verify and to continue the rest. */
@Entity('audit_checkpoints')
export class AuditCheckpointRow {
  @PrimaryChainColumn()
  readonly chain: number;

  /** The last row purged. */
  @PrimaryLongColumn('up_to_seq')
  readonly upToSeq: number;

  /** The hash of that row. */
  @TextColumn('hash', 43)
  readonly hash: string;

  /** Rows that went with this checkpoint; those before it went with earlier ones. */
  @Column({ name: 'purged_count', type: 'int' })
  readonly purgedCount: number;

  @LongColumn('at')
  readonly at: number;

  @TextColumn('key_id', 64)
  readonly keyId: string;

  @TextColumn('hmac', 43)
  readonly hmac: string;
}
