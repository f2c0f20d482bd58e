import type { AuditReports } from '../audit/audit-reports.js';
import type { SessionCore } from '../core/session-core.js';
import { isoTime } from '../core/iso-time.js';
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
    const [{ available, details }, outbox, verification] = await Promise.all([
      store.health(),
      this.outbox(),
      jobs.latest('verify-audit'),
    ]);
    return {
      store: { available, description: store.description, details },
      sweeperLagMs: nextDueAt === undefined ? 0 : Math.max(0, operations.now() - nextDueAt),
      outbox,
      relay: this.relay(outbox),
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

  /** What waits for the relay is what the outbox has, which is read once for both. */
  private relay({ entries, oldestAgeMs }: HealthView['outbox']): HealthView['relay'] {
    if (!this.audit) return null;
    const { rejected, lastErrorCode, cutOff, lastSuccessAt } = this.audit.relayState();
    return {
      waiting: entries,
      oldestAgeMs,
      rejected,
      lastErrorCode: lastErrorCode ?? null,
      cutOff: cutOff ?? [],
      lastSuccessAt: lastSuccessAt === undefined ? null : isoTime(lastSuccessAt),
    };
  }
}
