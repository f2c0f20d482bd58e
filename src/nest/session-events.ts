import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import type { SessionListener, SessionNotice } from '../core/live/session-notices.js';

/** Passes on, within this process, what `core` tells of its changes. */
@Injectable()
export class SessionEvents implements SessionListener, OnApplicationShutdown {
  private readonly logger = new Logger('SessionModule');
  private readonly notices = new Subject<SessionNotice>();
  private readonly shards = new Subject<number>();
  private outboxUsed = false;

  readonly notices$: Observable<SessionNotice> = this.notices.asObservable();
  /** The shard in which an audit event has just been left. */
  readonly outbox$: Observable<number> = this.shards.asObservable();

  notice(notice: SessionNotice): void {
    this.notices.next(notice);
  }

  /** Warns at the first event if nobody listens; later a listener may be gone for good reason. */
  outboxGrew(shard: number): void {
    if (!this.outboxUsed && !this.shards.observed)
      this.logger.warn(
        'Audit events are kept and nothing in this process delivers them: import SessionAuditModule, or set audit: false',
      );
    this.outboxUsed = true;
    this.shards.next(shard);
  }

  onApplicationShutdown(): void {
    this.notices.complete();
    this.shards.complete();
  }
}
