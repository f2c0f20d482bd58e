import type { SessionId } from '../../core/ids.js';
import type { CreationPoint } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { type Bench, idsOf, inParallel, sortedIdsOf, untilAnswered, useStore } from './bench.js';

/** Seven sessions: three of one instant, then one, then three of one instant. */
async function sevenSessions(bench: Bench, user: User): Promise<readonly CreationPoint[]> {
  const first = await inParallel(3, () => bench.login({ user }));
  bench.clock.advance(1);
  const second = await bench.login({ user });
  bench.clock.advance(1);
  const third = await inParallel(3, () => bench.login({ user }));
  return [...first, second, ...third];
}

const byCreation = (left: CreationPoint, right: CreationPoint): number =>
  left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1);

async function pagesOf(
  bench: Bench,
  user: User,
  limit: number,
): Promise<readonly (readonly SessionId[])[]> {
  const pages: (readonly SessionId[])[] = [];
  let cursor: string | undefined;
  return untilAnswered(async () => {
    const request = { limit, ...(cursor !== undefined && { cursor }) };
    const page = await bench.store.list(user, request, bench.clock.now());
    pages.push(idsOf(page.items));
    cursor = page.nextCursor;
    return cursor === undefined ? pages : undefined;
  });
}

export function describeListing(open: OpenStore): void {
  describe('list', () => {
    const bench = useStore(open);

    it('shows whole records', async () => {
      const user = aUser();
      const session = await bench.login({ user, data: { a: '1' } });

      expect(await bench.store.list(user, { limit: 10 }, bench.clock.now())).toEqual({
        items: [session],
      });
    });

    it('shows nothing of a user without sessions', async () => {
      expect(await bench.store.list(aUser(), { limit: 10 }, bench.clock.now())).toEqual({
        items: [],
      });
    });

    it.each([1, 2, 3, 4, 5, 6, 7, 8])(
      'pages oldest first, each session once, by %i',
      async (limit) => {
        const user = aUser();
        const sessions = await sevenSessions(bench, user);

        const pages = await pagesOf(bench, user, limit);

        const expected = idsOf([...sessions].sort(byCreation));
        expect(pages.flat()).toEqual(expected);
        expect(pages).toHaveLength(Math.ceil(7 / limit));
      },
    );

    it('goes on after a session that has ended since', async () => {
      const user = aUser();
      const ordered = [...(await sevenSessions(bench, user))].sort(byCreation);
      const first = await bench.store.list(user, { limit: 2 }, bench.clock.now());
      await bench.logout(ordered[1]!);
      await bench.logout(ordered[2]!);

      const second = await bench.store.list(
        user,
        { limit: 2, cursor: first.nextCursor! },
        bench.clock.now(),
      );

      expect(idsOf(second.items)).toEqual(idsOf(ordered.slice(3, 5)));
    });

    it('leaves out the dead and fills the page from behind them', async () => {
      const user = aUser();
      const dead = await bench.login({ user, idleTimeoutMs: 1_000 });
      const lost = await bench.login({ user });
      await bench.dropRecord(lost);
      bench.clock.advance(999);
      const [first, second] = [await bench.login({ user }), await bench.login({ user })];

      const before = await bench.listed(user);
      bench.clock.advance(1);
      const page = await bench.store.list(user, { limit: 2 }, bench.clock.now());

      expect(before).toContain(dead.id);
      expect(sortedIdsOf(page.items)).toEqual([first.id, second.id].sort());
      expect(page.nextCursor).toBeUndefined();
    });

    it('leaves out sessions of an older epoch', async () => {
      const { user } = await bench.login();
      await bench.store.revokeEverything(bench.shardOf(user!), bench.operation());
      const session = await bench.login({ user: user! });

      expect(await bench.listed(user!)).toEqual([session.id]);
    });

    it('has no next page where only the dead remain', async () => {
      const user = aUser();
      const alive = await bench.login({ user });
      bench.clock.advance(1);
      await inParallel(3, () => bench.login({ user, idleTimeoutMs: 1_000 }));
      bench.clock.advance(1_000);

      const page = await bench.store.list(user, { limit: 1 }, bench.clock.now());

      expect(idsOf(page.items)).toEqual([alive.id]);
      expect(page.nextCursor).toBeUndefined();
    });

    it.each([
      '',
      'x',
      '!',
      'bm90IGEgY3Vyc29y',
      Buffer.from('1:short').toString('base64url'),
      Buffer.from(`x:${'A'.repeat(24)}`).toString('base64url'),
      Buffer.from(`-1:${'A'.repeat(24)}`).toString('base64url'),
      'A'.repeat(10_000),
    ])('refuses the cursor %j', async (cursor) => {
      const { user } = await bench.login();

      const listing = bench.store.list(user!, { limit: 10, cursor }, bench.clock.now());

      await expect(listing).rejects.toMatchObject({
        code: 'SESSION_INPUT_INVALID',
        parameter: 'cursor',
      });
    });
  });

  describe('listCreated', () => {
    const bench = useStore(open);

    it.each([1, 2, 3, 7, 8])(
      'goes through a shard newest first, each session once, by %i',
      async (limit) => {
        const [user, neighbour] = bench.usersOfOneShard(2);
        const sessions = await sevenSessions(bench, user!);
        const other = await bench.login({ user: neighbour! });
        const shard = bench.shardOf(user!);

        const points: CreationPoint[] = [];
        await untilAnswered(async () => {
          const page = await bench.store.listCreated(shard, points.at(-1), limit);
          points.push(...page);
          return page.length === 0 ? points : undefined;
        });

        const expected = [...sessions, other].sort(byCreation).reverse();
        expect(points).toEqual(expected.map(({ id, createdAt }) => ({ id, createdAt })));
      },
    );

    it('goes on after a point that is gone', async () => {
      const user = aUser();
      const ordered = [...(await sevenSessions(bench, user))].sort(byCreation).reverse();
      await bench.logout(ordered[2]!);

      const points = await bench.store.listCreated(bench.shardOf(user), ordered[2], 2);

      expect(idsOf(points)).toEqual(idsOf(ordered.slice(3, 5)));
    });

    it('goes on behind an instant, of which it shows nothing, where the id is empty', async () => {
      const user = aUser();
      const ordered = [...(await sevenSessions(bench, user))].sort(byCreation).reverse();
      const shard = bench.shardOf(user);
      const { createdAt } = ordered[0]!;

      const pages = await Promise.all(
        [createdAt + 1, createdAt, createdAt - 2].map((instant) =>
          bench.store.listCreated(shard, { createdAt: instant, id: '' }, 2),
        ),
      );

      const expected = [ordered.slice(0, 2), ordered.slice(3, 5), []];
      expect(pages.map(idsOf)).toEqual(expected.map(idsOf));
    });

    it('keeps a session’s place whatever happens to it', async () => {
      const user = aUser();
      const sessions = await sevenSessions(bench, user);
      const before = await bench.store.listCreated(bench.shardOf(user), undefined, 10);
      bench.clock.advance('1m');

      await bench.store.touch(sessions[0]!.id, bench.operation());

      expect(await bench.store.listCreated(bench.shardOf(user), undefined, 10)).toEqual(before);
    });

    it('knows nothing of other shards and of anonymous sessions', async () => {
      const session = await bench.login();
      const elsewhere = (bench.shardOf(session) + 1) % bench.shards;
      await bench.visit();

      expect(await bench.store.listCreated(elsewhere, undefined, 10)).toEqual([]);
      expect(await bench.store.listCreated(bench.shardOf(session), undefined, 10)).toHaveLength(1);
    });
  });

  describe('listCreated without the admin index', () => {
    const bench = useStore(open, { adminIndex: false });

    it('keeps no creation order', async () => {
      const session = await bench.login();

      expect(await bench.store.listCreated(bench.shardOf(session), undefined, 10)).toEqual([]);
      expect(await bench.listed(session.user!)).toEqual([session.id]);
    });
  });
}
