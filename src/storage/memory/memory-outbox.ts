import type { AuditEvent } from '../../core/audit/audit-event.js';
import type { OutboxEntry, OutboxState } from '../../core/session-store.js';
import { take } from './take.js';

/** Audit events in the order of their arrival, kept as JSON text so that nobody can alter them. */
export class MemoryOutbox {
  private readonly texts = new Map<string, string>();
  private lastKey = 0;
  private size = 0;

  /** The bytes of all that waits. */
  get bytes(): number {
    return this.size;
  }

  add(event: AuditEvent): void {
    const text = JSON.stringify(event);
    this.texts.set(String(++this.lastKey), text);
    this.size += Buffer.byteLength(text);
  }

  read(limit: number): readonly OutboxEntry[] {
    return take(this.texts, limit).map(([key, text]) => ({
      key,
      event: JSON.parse(text) as AuditEvent,
    }));
  }

  acknowledge(keys: readonly string[]): void {
    for (const key of keys) {
      this.size -= Buffer.byteLength(this.texts.get(key) ?? '');
      this.texts.delete(key);
    }
  }

  state(): OutboxState {
    const [oldest] = this.read(1);
    return {
      entries: this.texts.size,
      bytes: this.size,
      ...(oldest !== undefined && { oldestAt: oldest.event.occurredAt }),
    };
  }
}
