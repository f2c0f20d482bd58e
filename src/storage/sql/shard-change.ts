import type { AuditEvent } from '../../core/audit-event.js';
import type { Operation, StoreSettings } from '../../core/session-store.js';
import { auditEvent, type Fact } from '../../core/audit-facts.js';

/** One operation on one shard, and the events it leaves. */
export class ShardChange {
  readonly events: AuditEvent[] = [];

  constructor(
    readonly shard: number,
    readonly operation: Operation,
    readonly settings: StoreSettings,
  ) {}

  /** With audit on, the event is written when the operation is done, in the same transaction. */
  record(fact: Fact, operation: Operation = this.operation): void {
    if (this.settings.audit) this.events.push(auditEvent(fact, operation));
  }
}
