import type { AuditContext } from './audit/audit-event.js';
import { cleanContext } from './audit/audit-text.js';
import type { Clock } from './clock.js';
import { newEventId } from './ids.js';
import type { SessionOptions } from './policy/session-options.js';
import type { Operation, SessionStore } from './session-store.js';

/** The part of a request that audit events tell of. */
export interface RequestContext {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
}

/** Stamps operations: a new event id, the store's time, the deadline, and clean texts. */
export class Operations {
  constructor(
    private readonly store: SessionStore,
    private readonly clock: Clock,
    private readonly options: Pick<SessionOptions, 'storeTimeoutMs'>,
  ) {}

  /** The process clock, corrected to the store's. Whole milliseconds. */
  now(): number {
    return this.clock.now() + this.store.clockOffsetMs;
  }

  begin(context: AuditContext): Operation {
    const now = this.now();
    return {
      eventId: newEventId(),
      now,
      deadline: now + this.options.storeTimeoutMs,
      context: cleanContext(context),
    };
  }
}
