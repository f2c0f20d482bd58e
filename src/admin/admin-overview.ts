import { Inject, Injectable, Optional } from '@nestjs/common';
import { AUDIT_REPORTS, type AuditReports } from '../audit/audit-reports.js';
import type { SessionCore } from '../core/session-core.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import { activityOf } from './activity.js';
import type { AdminScope } from './admin-scope.js';
import type { ActivityView, DevicesView, OverviewView } from './admin-views.js';
import { devicesOf } from './devices.js';
import { HealthReport } from './health-report.js';

/** For how long an answer is good, by the process' own clock. */
const GOOD_FOR_MS = 5_000;
const MAX_KEPT = 1_000;
/** Newest sessions that are looked at for browsers and systems. */
const SAMPLE = 1_000;

interface Kept {
  readonly at: number;
  readonly view: Promise<OverviewView>;
}

/** Counts once for all who ask within a few seconds, each scope apart. */
@Injectable()
export class AdminOverview {
  private readonly kept = new Map<string, Kept>();
  private readonly health: HealthReport;

  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    @Optional() @Inject(AUDIT_REPORTS) private readonly audit?: AuditReports,
  ) {
    this.health = new HealthReport(core, audit);
  }

  read(scope: AdminScope): Promise<OverviewView> {
    const key = scope === 'all' ? 'all' : `of ${scope.tenantId}`;
    const kept = this.kept.get(key);
    if (kept && performance.now() - kept.at < GOOD_FOR_MS) return kept.view;
    const view = this.count(scope);
    this.keep(key, { at: performance.now(), view });
    view.catch(() => this.kept.delete(key));
    return view;
  }

  private async count(scope: AdminScope): Promise<OverviewView> {
    const tenant = scope === 'all' ? {} : { tenantId: scope.tenantId };
    const [{ sessions, users, nextDueAt }, activity, devices] = await Promise.all([
      this.core.store.countSessions(tenant.tenantId),
      this.activity(tenant),
      this.devices(tenant),
    ]);
    return {
      now: new Date(this.core.operations.now()).toISOString(),
      live: { sessions, users },
      activity,
      devices,
      health: scope === 'all' ? await this.health.read(nextDueAt) : null,
    };
  }

  /** With the audit's database away an operator needs the rest of the overview all the more. */
  private async activity(tenant: { readonly tenantId?: string }): Promise<ActivityView | null> {
    if (!this.audit) return null;
    try {
      return await activityOf(this.audit, tenant, this.core.operations.now());
    } catch (error) {
      this.core.reportError(error);
      return null;
    }
  }

  private async devices(tenant: { readonly tenantId?: string }): Promise<DevicesView | null> {
    if (!this.core.options.adminIndex) return null;
    const page = await this.core.search.search(tenant, { limit: SAMPLE });
    return devicesOf(page.items, page.nextCursor === undefined);
  }

  /** A map keeps the order of its entries, so the first is the oldest. */
  private keep(key: string, kept: Kept): void {
    this.kept.delete(key);
    this.kept.set(key, kept);
    if (this.kept.size <= MAX_KEPT) return;
    const [oldest] = this.kept.keys();
    this.kept.delete(oldest!);
  }
}
