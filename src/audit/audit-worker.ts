import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Observable, Subscription } from 'rxjs';
import type { SessionCore } from '../core/session-core.js';
import { SESSION_CORE, SESSION_OUTBOX_SIGNAL } from '../nest/session.tokens.js';
import { AuditRelay } from './audit-relay.js';
import { AuditRetention, PURGE_INTERVAL_MS } from './audit-retention.js';
import { errorCodeOf } from './sql-errors.js';

/** Keeps relay and purge going while the application runs. */
@Injectable()
export class AuditWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('SessionAudit');
  private signal: Subscription | undefined;
  private purgeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly relay: AuditRelay,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    @Inject(SESSION_OUTBOX_SIGNAL) private readonly changedShards: Observable<number>,
    @Optional() private readonly retention?: AuditRetention,
  ) {}

  onApplicationBootstrap(): void {
    this.relay.start();
    this.signal = this.changedShards.subscribe((shard) => this.relay.nudge(shard));
    if (this.retention === undefined) return;
    const purge = (retention: AuditRetention) => void this.purge(retention);
    purge(this.retention);
    this.purgeTimer = setInterval(purge, PURGE_INTERVAL_MS, this.retention).unref();
  }

  /**
   * Before anything is closed, so that the last events still get through: those of a purge under
   * way and of facts that are only counted so far, whichever module's hook comes first.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.signal?.unsubscribe();
    clearInterval(this.purgeTimer);
    await this.retention?.stop();
    await this.core.facts.close();
    await this.relay.stop();
  }

  private async purge(retention: AuditRetention): Promise<void> {
    try {
      await retention.run();
    } catch (error) {
      this.logger.warn(`Purge of old audit events failed, to be repeated: ${errorCodeOf(error)}`);
    }
  }
}
