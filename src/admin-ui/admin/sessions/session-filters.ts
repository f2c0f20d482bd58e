import type { Query } from '../../shared/api.js';
import type { Route } from '../../shared/route.js';

/** Filters as the address has them; each is a parameter of the API but for the spans of time. */
export const FILTER_NAMES = [
  'user',
  'tenant',
  'ip',
  'browser',
  'system',
  'method',
  'age',
  'seen',
  'fresh',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What the API calls the bounds of a span of time. */
const BOUNDS = {
  age: ['createdFrom', 'createdBefore'],
  seen: ['lastSeenFrom', 'lastSeenBefore'],
  fresh: ['authenticatedFrom', 'authenticatedBefore'],
} as const;

const PARAMETERS = {
  user: 'userId',
  tenant: 'tenantId',
  ip: 'ip',
  browser: 'browser',
  system: 'system',
  method: 'method',
} as const;

/** The filter for the API, of which spans of time are measured back from `now`. */
export function toSessionFilter(route: Route, now: number): Record<string, string> {
  const filter: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(PARAMETERS)) {
    const value = route[name]?.trim();
    if (value) filter[parameter] = value;
  }
  for (const [name, bounds] of Object.entries(BOUNDS)) {
    const bound = boundOf(route[name], bounds, now);
    if (bound) filter[bound[0]] = bound[1];
  }
  return filter;
}

/** `10m-`: within ten minutes; `1d+`: more than a day ago. */
function boundOf(
  span: string | undefined,
  [from, before]: readonly [string, string],
  now: number,
): readonly [string, string] | undefined {
  const [, size, unit = '', side] = /^(\d+)([mhd])([-+])$/.exec(span ?? '') ?? [];
  const unitMs = UNIT_MS[unit];
  if (size === undefined || unitMs === undefined) return undefined;
  const at = new Date(now - Number(size) * unitMs).toISOString();
  return [side === '-' ? from : before, at];
}

/** The parameters of the API that the field stands for, by which it gets what the API says. */
export const parametersOf = (name: FilterName): readonly string[] =>
  name in BOUNDS
    ? BOUNDS[name as keyof typeof BOUNDS]
    : [PARAMETERS[name as keyof typeof PARAMETERS]];

export const hasFilter = (filter: Query): boolean => Object.keys(filter).length > 0;
