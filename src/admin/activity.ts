import type { AuditReports, AuditTally } from '../audit/audit-reports.js';
import type { AuditEventType } from '../core/audit/audit-event.js';
import { isoTime } from '../core/iso-time.js';
import type { ActivityView } from './admin-views.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** The present hour and the one before it, in which events still come from the outbox. */
const OPEN_HOURS = 2;
/** For how long the count of hours that are over is good, by the process' own clock. */
const GOOD_FOR_MS = 600_000;

const ENDINGS: Partial<Record<AuditEventType, string>> = {
  'session.revoked': 'revoked',
  'session.evicted': 'evicted',
  'session.expired': 'expired',
  'session.token_reused': 'token-reused',
};
const TYPES = [
  'session.created',
  'login.failed',
  ...(Object.keys(ENDINGS) as AuditEventType[]),
] as const;

interface Closed {
  /** Where the hours begin that this does not count. */
  readonly to: number;
  readonly countedAt: number;
  readonly tallies: Promise<readonly AuditTally[]>;
}

/**
 * Sign-ins and endings of the present hour and those before it, of one scope: one grouped query
 * over their audit events of the last two hours. Those before are counted anew as an hour ends,
 * and every ten minutes, for what comes late, as when the database was away.
 */
export class Activity {
  private closed: Closed | undefined;

  constructor(
    private readonly audit: Pick<AuditReports, 'tally'>,
    private readonly tenant: { readonly tenantId?: string },
  ) {}

  async read(now: number): Promise<ActivityView> {
    const to = now - (now % HOUR_MS) + HOUR_MS;
    const open = to - OPEN_HOURS * HOUR_MS;
    const tallies = await Promise.all([this.countedBefore(open), this.count(open, to)]);
    return toView(tallies.flat(), to);
  }

  private countedBefore(to: number): Promise<readonly AuditTally[]> {
    const { closed } = this;
    const now = performance.now();
    if (closed?.to === to && now - closed.countedAt < GOOD_FOR_MS) return closed.tallies;
    const tallies = this.count(to - (HOURS - OPEN_HOURS) * HOUR_MS, to);
    this.closed = { to, countedAt: now, tallies };
    tallies.catch(() => (this.closed = undefined));
    return tallies;
  }

  private count(from: number, to: number): Promise<readonly AuditTally[]> {
    return this.audit.tally({ ...this.tenant, type: TYPES, from, to }, HOUR_MS, ['type', 'reason']);
  }
}

const toView = (tallies: readonly AuditTally[], to: number): ActivityView => ({
  from: isoTime(to - HOURS * HOUR_MS),
  to: isoTime(to),
  bucketMs: HOUR_MS,
  signIns: sumByHour(tallies.filter(({ type }) => type === 'session.created')),
  endings: tallies.flatMap(({ from: hour, type, reason = '', count }) => {
    const state = type && ENDINGS[type];
    return state === undefined ? [] : [{ from: isoTime(hour), state, reason, count }];
  }),
  failedLogins: sumByHour(tallies.filter(({ type }) => type === 'login.failed')),
});

function sumByHour(tallies: readonly AuditTally[]): { from: string; count: number }[] {
  const counts = new Map<number, number>();
  for (const { from, count } of tallies) counts.set(from, (counts.get(from) ?? 0) + count);
  return [...counts].map(([from, count]) => ({ from: isoTime(from), count }));
}
