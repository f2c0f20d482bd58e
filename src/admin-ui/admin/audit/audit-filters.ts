import type { Route } from '../../shared/route.js';

/** Parameters of the API by the name that the address has for them. */
const PARAMETERS = {
  user: 'userId',
  tenant: 'tenantId',
  session: 'sessionId',
  type: 'type',
  initiator: 'initiator',
  outcome: 'outcome',
  from: 'from',
  to: 'to',
} as const;
export type AuditFilterName = keyof typeof PARAMETERS;

export const AUDIT_FILTER_NAMES = Object.keys(PARAMETERS) as AuditFilterName[];

export const auditParameterOf = (name: AuditFilterName): string => PARAMETERS[name];

export function toAuditFilter(route: Route): Record<string, string> {
  const filter: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(PARAMETERS)) {
    const value = route[name]?.trim();
    if (value) filter[parameter] = value;
  }
  return filter;
}

/** ISO 8601 as an input of the reader's zone has it, and back; what is no instant stays as it is. */
export function toLocalInput(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromLocalInput(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}
