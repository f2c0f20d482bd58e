import type { AuditEvent } from '../../core/audit/audit-event.js';
import type {
  EndedSession,
  Operation,
  StoreMessage,
  StoreSettings,
} from '../../core/session-store.js';
import { auditEvent, type Fact } from '../../core/audit/audit-facts.js';

/** One operation on one shard, and the events it leaves. */
export class ShardChange {
  readonly events: AuditEvent[] = [];
  readonly ended: EndedSession[] = [];
  /** Whether it begins an epoch. */
  endsAll = false;

  constructor(
    readonly shard: number,
    readonly operation: Operation,
    readonly settings: StoreSettings,
  ) {}

  get endsAny(): boolean {
    return this.endsAll || this.ended.length > 0;
  }

  /** With audit on, the event is written when the operation is done, in the same transaction. */
  record(fact: Fact, operation: Operation = this.operation): void {
    if (this.settings.audit) this.events.push(auditEvent(fact, operation));
  }

  /** What others are told of it once it is committed. */
  get messages(): readonly StoreMessage[] {
    const { shard, ended, endsAll } = this;
    return [
      ...(ended.length > 0 ? [{ type: 'ended', endings: ended } as const] : []),
      ...(endsAll ? [{ type: 'epoch', shard } as const] : []),
    ];
  }
}
