import type { AuditReports } from '../audit/audit-reports.js';
import type { SessionCore } from '../core/session-core.js';
import type { HealthView } from './admin-views.js';
import { toVerifyView } from './to-job-view.js';

/** What an operator of everything looks at first when something is wrong. */
export class HealthReport {
  constructor(
    private readonly core: SessionCore,
    private readonly audit: AuditReports | undefined,
  ) {}

  /** `nextDueAt` is the earliest deadline that a sweep is waited for at. */
  async read(nextDueAt: number | undefined): Promise<HealthView> {
    const { store, jobs, facts, operations } = this.core;
    const [{ available, details }, outbox, relay, verification] = await Promise.all([
      store.health(),
      this.outbox(),
      this.relay(),
      jobs.latest('verify-audit'),
    ]);
    return {
      store: { available, description: store.description, details },
      sweeperLagMs: nextDueAt === undefined ? 0 : Math.max(0, operations.now() - nextDueAt),
      outbox,
      relay,
      verification: verification ? toVerifyView(verification) : null,
      factsDropped: facts.dropped,
    };
  }

  private async outbox(): Promise<HealthView['outbox']> {
    const { store, operations } = this.core;
    const states = await Promise.all(
      Array.from({ length: store.shards }, (_, shard) => store.outboxState(shard)),
    );
    const oldest = states.flatMap(({ oldestAt }) => oldestAt ?? []);
    return {
      entries: states.reduce((sum, { entries }) => sum + entries, 0),
      bytes: states.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAgeMs: oldest.length === 0 ? null : Math.max(0, operations.now() - Math.min(...oldest)),
    };
  }

  private async relay(): Promise<HealthView['relay']> {
    const health = await this.audit?.health();
    if (!health) return null;
    const { lastSuccessAt } = health;
    return {
      waiting: health.waiting,
      oldestAgeMs: health.oldestAgeMs ?? null,
      rejected: health.rejected,
      lastErrorCode: health.lastErrorCode ?? null,
      cutOff: health.cutOff ?? [],
      lastSuccessAt: lastSuccessAt === undefined ? null : new Date(lastSuccessAt).toISOString(),
    };
  }
}
