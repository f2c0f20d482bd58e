import { SessionInputInvalidError } from './errors.js';
import { parseListCursor, writeListCursor } from './list-cursor.js';
import type { Operations } from './operations.js';
import { lapseOf } from './session-policy.js';
import type { SessionRecord } from './session-record.js';
import type {
  CreationBound,
  CreationPoint,
  Page,
  PageRequest,
  SessionStore,
} from './session-store.js';
import type { User } from './user.js';

/** All that is given must hold. Ranges are half-open: from the first instant, before the second. */
export interface SessionFilter {
  /** Reads that user's index alone. */
  readonly user?: User;
  readonly tenantId?: string;
  readonly ip?: string;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
  readonly lastSeenFrom?: number;
  readonly lastSeenBefore?: number;
}

export interface SearchPage extends Page<SessionRecord> {
  /** Entries looked at for this page; at most 1,000, so a page may be short and still have a next. */
  readonly examined: number;
}

const MAX_EXAMINED = 1_000;
const CHUNK = 16;

/** Live sessions over all users, newest first, or of one user, oldest first. */
export class SessionSearch {
  constructor(
    private readonly store: SessionStore,
    private readonly operations: Operations,
    private readonly options: { readonly adminIndex: boolean },
  ) {}

  /** @throws SessionInputInvalidError for a bad cursor, or with neither a user nor `adminIndex` */
  search(filter: SessionFilter, page: PageRequest): Promise<SearchPage> {
    return filter.user ? this.searchUser(filter.user, filter, page) : this.searchAll(filter, page);
  }

  private async searchUser(
    user: User,
    filter: SessionFilter,
    page: PageRequest,
  ): Promise<SearchPage> {
    const { items, nextCursor } = await this.store.list(user, page, this.operations.now());
    return {
      items: items.filter((session) => matches(session, filter)),
      ...(nextCursor !== undefined && { nextCursor }),
      examined: items.length,
    };
  }

  private async searchAll(filter: SessionFilter, page: PageRequest): Promise<SearchPage> {
    if (!this.options.adminIndex)
      throw new SessionInputInvalidError('userId', 'is needed unless the option adminIndex is on');
    const order = new CreationOrder(this.store, startOf(filter, page));
    const items: SessionRecord[] = [];
    let examined = 0;
    let last: CreationPoint | undefined;
    while (items.length < page.limit && examined < MAX_EXAMINED) {
      const points = await order.take(Math.min(page.limit - items.length, MAX_EXAMINED - examined));
      last = points.at(-1) ?? last;
      examined += points.length;
      items.push(...(await this.liveMatches(points, filter)));
      if (order.exhausted || isBefore(last, filter)) return { items, examined };
    }
    return { items, examined, ...(last && { nextCursor: writeListCursor(last) }) };
  }

  private async liveMatches(
    points: readonly CreationPoint[],
    filter: SessionFilter,
  ): Promise<readonly SessionRecord[]> {
    const found = await this.store.findMany(points.map(({ id }) => id));
    const now = this.operations.now();
    return points.flatMap(({ id }) => {
      const entry = found.get(id);
      if (entry?.session.state !== 'active') return [];
      if (lapseOf(entry.session, entry.shardEpoch, now)) return [];
      return matches(entry.session, filter) ? [entry.session] : [];
    });
  }
}

/** Merges the shards' creation orders into one, reading each only as far as it is needed. */
class CreationOrder {
  private readonly queues: {
    points: CreationPoint[];
    from: CreationBound | undefined;
    ended: boolean;
  }[];

  constructor(
    private readonly store: SessionStore,
    from: CreationBound | undefined,
  ) {
    this.queues = Array.from({ length: store.shards }, () => ({ points: [], from, ended: false }));
  }

  get exhausted(): boolean {
    return this.queues.every(({ points, ended }) => ended && points.length === 0);
  }

  async take(count: number): Promise<readonly CreationPoint[]> {
    const taken: CreationPoint[] = [];
    while (taken.length < count) {
      await this.refill();
      const newest = this.newestQueue();
      if (!newest) break;
      taken.push(newest.points.shift()!);
    }
    return taken;
  }

  private async refill(): Promise<void> {
    await Promise.all(
      this.queues.map(async (queue, shard) => {
        if (queue.ended || queue.points.length > 0) return;
        queue.points = [...(await this.store.listCreated(shard, queue.from, CHUNK))];
        queue.from = queue.points.at(-1) ?? queue.from;
        queue.ended = queue.points.length < CHUNK;
      }),
    );
  }

  private newestQueue(): { points: CreationPoint[] } | undefined {
    const filled = this.queues.filter(({ points }) => points.length > 0);
    return filled.reduce<(typeof filled)[number] | undefined>(
      (newest, queue) =>
        newest && compareNewestFirst(newest.points[0]!, queue.points[0]!) <= 0 ? newest : queue,
      undefined,
    );
  }
}

const compareNewestFirst = (left: CreationPoint, right: CreationPoint): number => {
  if (left.createdAt !== right.createdAt) return right.createdAt - left.createdAt;
  if (left.id === right.id) return 0;
  return left.id > right.id ? -1 : 1;
};

function matches(session: SessionRecord, filter: SessionFilter): boolean {
  return (
    (filter.tenantId === undefined || session.user?.tenantId === filter.tenantId) &&
    (filter.ip === undefined || session.device.ip === filter.ip) &&
    within(session.createdAt, filter.createdFrom, filter.createdBefore) &&
    within(session.lastSeenAt, filter.lastSeenFrom, filter.lastSeenBefore)
  );
}

const within = (at: number, from = -Infinity, before = Infinity): boolean =>
  at >= from && at < before;

/** The order is by creation, so a bound on creation says where to begin and where to stop. */
function startOf(
  { createdBefore }: SessionFilter,
  { cursor }: PageRequest,
): CreationBound | undefined {
  if (cursor !== undefined) return parseListCursor(cursor);
  return createdBefore === undefined ? undefined : { createdAt: createdBefore, id: '' };
}

const isBefore = (point: CreationPoint | undefined, { createdFrom }: SessionFilter): boolean =>
  point !== undefined && createdFrom !== undefined && point.createdAt < createdFrom;
