import { SessionInputInvalidError } from '../errors.js';
import type { SessionId } from '../ids.js';
import { parseListCursor, writeListCursor } from './list-cursor.js';
import type { Operations } from '../operations.js';
import { matcherOf, type SessionFilter, type SessionMatcher } from './session-filter.js';
import { lapseOf } from '../policy/session-policy.js';
import type { SessionRecord } from '../session-record.js';
import type {
  CreationBound,
  CreationPoint,
  Page,
  PageRequest,
  SessionStore,
} from '../session-store.js';
import type { User } from '../user.js';

export interface SearchPage extends Page<SessionRecord> {
  /** Entries looked at for this page; at most 1,000, so a page may be short and still have a next. */
  readonly examined: number;
}

const MAX_EXAMINED = 1_000;
/** What is read of a shard's order at a time. */
const CHUNK = 16;
/** Reading for a page begins with as many entries as it has room for, and doubles while few match. */
const MAX_CHUNK = 256;

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
    const matches = matcherOf(filter);
    const { items, nextCursor } = await this.store.list(user, page, this.operations.now());
    return {
      items: items.filter(matches),
      ...(nextCursor !== undefined && { nextCursor }),
      examined: items.length,
    };
  }

  private async searchAll(filter: SessionFilter, page: PageRequest): Promise<SearchPage> {
    if (!this.options.adminIndex)
      throw new SessionInputInvalidError('userId', 'is needed unless the option adminIndex is on');
    const matches = matcherOf(filter);
    const order = new CreationOrder(this.store, startOf(filter, page));
    const items: SessionRecord[] = [];
    let examined = 0;
    let last: CreationPoint | undefined;
    let chunk = page.limit;
    while (items.length < page.limit && examined < MAX_EXAMINED) {
      const points = await order.take(Math.min(chunk, MAX_EXAMINED - examined));
      const live = await this.liveMatches(points, matches);
      const read = upToFull(points, live, page.limit - items.length);
      items.push(...read.flatMap(({ id }) => live.get(id) ?? []));
      examined += read.length;
      last = read.at(-1) ?? last;
      const isRead = read.length === points.length;
      if (isRead && (order.exhausted || isBefore(last, filter))) return { items, examined };
      chunk = Math.min(2 * chunk, MAX_CHUNK);
    }
    return { items, examined, ...(last && { nextCursor: writeListCursor(last) }) };
  }

  private async liveMatches(
    points: readonly CreationPoint[],
    matches: SessionMatcher,
  ): Promise<ReadonlyMap<SessionId, SessionRecord>> {
    const found = await this.store.findMany(points.map(({ id }) => id));
    const now = this.operations.now();
    const live = new Map<SessionId, SessionRecord>();
    for (const [id, { session, shardEpoch }] of found)
      if (session.state === 'active' && !lapseOf(session, shardEpoch, now) && matches(session))
        live.set(id, session);
    return live;
  }
}

/** The points up to the one that fills a page; the rest were read in vain, and belong to the next. */
function upToFull(
  points: readonly CreationPoint[],
  live: ReadonlyMap<SessionId, SessionRecord>,
  room: number,
): readonly CreationPoint[] {
  const matching = points.flatMap(({ id }, index) => (live.has(id) ? [index] : []));
  const filling = matching[room - 1];
  return filling === undefined ? points : points.slice(0, filling + 1);
}

interface Queue {
  points: CreationPoint[];
  from: CreationBound | undefined;
  ended: boolean;
}

/** More has to be read before anybody knows what comes first. */
const isEmpty = ({ points, ended }: Queue): boolean => !ended && points.length === 0;

/** Merges the shards' creation orders into one, reading each only as far as it is needed. */
class CreationOrder {
  private readonly queues: Queue[];

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
      if (this.queues.some(isEmpty)) await this.refill();
      const newest = this.newestQueue();
      if (!newest) break;
      taken.push(newest.points.shift()!);
    }
    return taken;
  }

  private async refill(): Promise<void> {
    await Promise.all(
      this.queues.map(async (queue, shard) => {
        if (!isEmpty(queue)) return;
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
