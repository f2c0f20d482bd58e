import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import type { SessionListener, SessionNotice } from '../core/session-notices.js';

/** Passes on, within this process, what `core` tells of its changes. */
@Injectable()
export class SessionEvents implements SessionListener, OnApplicationShutdown {
  private readonly notices = new Subject<SessionNotice>();
  private readonly shards = new Subject<number>();

  readonly notices$: Observable<SessionNotice> = this.notices.asObservable();
  /** The shard in which an audit event has just been left. */
  readonly outbox$: Observable<number> = this.shards.asObservable();

  notice(notice: SessionNotice): void {
    this.notices.next(notice);
  }

  outboxGrew(shard: number): void {
    this.shards.next(shard);
  }

  onApplicationShutdown(): void {
    this.notices.complete();
    this.shards.complete();
  }
}
