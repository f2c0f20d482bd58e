import type { SessionSearchView } from '../../src/admin/index.js';
import type { Seeded } from './population.js';
import { RARE_METHOD, RARE_TENANT } from './population.js';

type Query = Readonly<Record<string, string | number | readonly string[]>>;

/** What the page asks the API for. */
export interface View {
  readonly name: string;
  /** The address under that of the API. */
  readonly path: (index: number) => string;
}

const HOUR_MS = 3_600_000;
const PAGE = 50;
/** Pages behind the first. */
const DEEP = 1_000;
const LONGEST_PAGE = 200;

export class Api {
  constructor(
    private readonly url: string,
    private readonly cookie: string,
  ) {}

  /** @throws Error for anything but 200 */
  async open(path: string): Promise<Response> {
    const response = await fetch(`${this.url}/admin/${path}`, { headers: { cookie: this.cookie } });
    if (response.status !== 200)
      throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  async read(path: string): Promise<unknown> {
    return (await this.open(path)).json();
  }
}

const hoursAgo = (hours: number): number => Date.now() - hours * HOUR_MS;

/** Every view, of seeded sessions and as many audit rows. */
export async function viewsOf(api: Api, seeded: readonly Seeded[]): Promise<readonly View[]> {
  const someone = (index: number): Seeded => seeded[(index * 104_729) % seeded.length]!;
  const cursors = await Promise.all([
    cursorBehind(api, 'sessions', seeded.length),
    cursorBehind(api, 'audit', seeded.length),
  ]);
  return [
    fixed('overview, counted within 5 s', 'overview'),
    ...sessionViews(someone, cursors[0]),
    ...auditViews(someone, cursors[1]),
    ...chartViews(someone),
  ];
}

type Someone = (index: number) => Seeded;

const fixed = (name: string, path: string): View => ({ name, path: () => path });

function sessionViews(someone: Someone, cursor: string): readonly View[] {
  const of = (filter: Query = {}): string => address('sessions', { limit: PAGE, ...filter });
  const freshFrom = hoursAgo(1 / 6);
  return [
    fixed('sessions: first page', of()),
    fixed('sessions: page 1,000', of({ cursor })),
    { name: 'sessions: by user', path: (index) => of({ ...someone(index).user }) },
    fixed('sessions: by tenant', of({ tenantId: 'tenant-7' })),
    fixed('sessions: by tenant, 1 in 5,000', of({ tenantId: RARE_TENANT })),
    { name: 'sessions: by address', path: (index) => of({ ip: someone(index).device.ip! }) },
    fixed('sessions: by network, /16', of({ ip: '10.9.0.0/16' })),
    fixed('sessions: by browser', of({ browser: 'Firefox' })),
    fixed('sessions: by age', of({ createdBefore: hoursAgo(6) })),
    fixed('sessions: by last seen', of({ lastSeenBefore: hoursAgo(8) })),
    fixed('sessions: by method, 1 in 5,000', of({ method: RARE_METHOD })),
    fixed('sessions: fresh', of({ authenticatedFrom: freshFrom })),
    fixed('sessions: not fresh', of({ authenticatedBefore: freshFrom })),
    {
      name: 'user: devices',
      path: (index) => {
        const { tenantId, userId } = someone(index).user;
        return address(`users/${userId}/sessions`, { tenantId });
      },
    },
  ];
}

function auditViews(someone: Someone, cursor: string): readonly View[] {
  const of = (filter: Query = {}): string => address('audit', { limit: PAGE, ...filter });
  return [
    { name: 'user: timeline', path: (index) => of({ ...someone(index).user }) },
    fixed('audit: first page', of()),
    fixed('audit: page 1,000', of({ cursor })),
    { name: 'audit: by user', path: (index) => of({ userId: someone(index).user.userId }) },
    fixed('audit: by tenant', of({ tenantId: 'tenant-7' })),
    { name: 'audit: by session', path: (index) => of({ sessionId: someone(index).id }) },
    fixed('audit: by type', of({ type: 'login.failed' })),
    fixed('audit: by type, 1 in 20,000', of({ type: 'admin.access_denied' })),
    fixed('audit: by two types', of({ type: ['login.failed', 'session.evicted'] })),
    fixed('audit: failures', of({ outcome: 'failure' })),
    fixed('audit: by operators, 1 in 20,000', of({ initiator: 'admin' })),
    fixed('audit: an hour', of({ from: hoursAgo(9), to: hoursAgo(8) })),
  ];
}

function chartViews(someone: Someone): readonly View[] {
  const of = (filter: Query = {}): string => address('audit/histogram', filter);
  return [
    fixed('histogram: the last day', of()),
    fixed('histogram: an hour', of({ from: hoursAgo(9), to: hoursAgo(8) })),
    fixed('histogram: failures', of({ outcome: 'failure' })),
    fixed('histogram: of a tenant', of({ tenantId: 'tenant-7' })),
    { name: 'histogram: of a user', path: (index) => of({ ...someone(index).user }) },
  ];
}

function address(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, `${one}`);
  return `${path}?${search}`;
}

/** Where page 1,000 begins, or the last quarter where there are fewer. */
async function cursorBehind(api: Api, path: string, rows: number): Promise<string> {
  const wanted = Math.min(DEEP * PAGE, Math.floor((rows * 3) / 4));
  let cursor = '';
  for (let read = 0; read < wanted; read += LONGEST_PAGE) {
    const query = { limit: LONGEST_PAGE, ...(cursor !== '' && { cursor }) };
    const page = (await api.read(address(path, query))) as Pick<SessionSearchView, 'nextCursor'>;
    cursor = page.nextCursor ?? cursor;
  }
  return cursor;
}
