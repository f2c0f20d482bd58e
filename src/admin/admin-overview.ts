import { Inject, Injectable, Optional } from '@nestjs/common';
import { AUDIT_REPORTS, type AuditReports } from '../audit/audit-reports.js';
import type { SessionCore } from '../core/session-core.js';
import { isoTime } from '../core/iso-time.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import { Activity } from './activity.js';
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
  readonly activity: Activity | undefined;
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
    const tenant = scope === 'all' ? {} : { tenantId: scope.tenantId };
    const activity = kept?.activity ?? (this.audit && new Activity(this.audit, tenant));
    const view = this.count(scope, tenant, activity);
    this.keep(key, { at: performance.now(), view, activity });
    view.catch(() => this.kept.delete(key));
    return view;
  }

  private async count(
    scope: AdminScope,
    tenant: { readonly tenantId?: string },
    hourly: Activity | undefined,
  ): Promise<OverviewView> {
    const [{ sessions, users, nextDueAt }, activity, devices] = await Promise.all([
      this.core.store.countSessions(tenant.tenantId),
      this.activity(hourly),
      this.devices(tenant),
    ]);
    return {
      now: isoTime(this.core.operations.now()),
      live: { sessions, users },
      activity,
      devices,
      health: scope === 'all' ? await this.health.read(nextDueAt) : null,
    };
  }

  /** With the audit's database away an operator needs the rest of the overview all the more. */
  private async activity(hourly: Activity | undefined): Promise<ActivityView | null> {
    if (!hourly) return null;
    try {
      return await hourly.read(this.core.operations.now());
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
