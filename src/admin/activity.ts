import type { AuditReports, AuditTally } from '../audit/audit-reports.js';
import type { AuditEventType } from '../core/audit/audit-event.js';
import type { ActivityView } from './admin-views.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;

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

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Sign-ins and endings of the present hour and those before it: one grouped query over their audit events. */
export async function activityOf(
  audit: Pick<AuditReports, 'tally'>,
  tenant: { readonly tenantId?: string },
  now: number,
): Promise<ActivityView> {
  const from = now - (now % HOUR_MS) - (HOURS - 1) * HOUR_MS;
  const to = from + HOURS * HOUR_MS;
  const tallies = await audit.tally({ ...tenant, type: TYPES, from, to }, HOUR_MS, [
    'type',
    'reason',
  ]);
  return {
    from: isoTime(from),
    to: isoTime(to),
    bucketMs: HOUR_MS,
    signIns: sumByHour(tallies.filter(({ type }) => type === 'session.created')),
    endings: tallies.flatMap(({ from: hour, type, reason = '', count }) => {
      const state = type && ENDINGS[type];
      return state === undefined ? [] : [{ from: isoTime(hour), state, reason, count }];
    }),
    failedLogins: sumByHour(tallies.filter(({ type }) => type === 'login.failed')),
  };
}

function sumByHour(tallies: readonly AuditTally[]): { from: string; count: number }[] {
  const counts = new Map<number, number>();
  for (const { from, count } of tallies) counts.set(from, (counts.get(from) ?? 0) + count);
  return [...counts].map(([from, count]) => ({ from: isoTime(from), count }));
}
