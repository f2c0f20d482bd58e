import { SessionInputInvalidError } from '../errors.js';
import { shardOfSession } from '../ids.js';
import type { SessionRecord } from '../session-record.js';
import type { SessionFilter } from './session-filter.js';
import { SessionSearch, type SearchPage } from './session-search.js';
import type { SessionStore } from '../session-store.js';
import {
  aLogin,
  issued,
  createAnonymous,
  openCore,
  REQUEST,
  type CoreUnderTest,
} from '../../../test/support/core-under-test.js';

interface Opening {
  readonly userId?: string;
  readonly tenantId?: string;
  readonly ip?: string;
}

async function login(core: CoreUnderTest, opening: Opening = {}): Promise<SessionRecord> {
  const { userId = 'alice', tenantId = '', ip = '192.0.2.1' } = opening;
  const request = aLogin({ userId, tenantId }, { device: { ip } });
  return (await issued(core.lifecycle.login(request))).session;
}

/** Sessions of as many users, a second apart; the newest first, as the search has them. */
async function openMany(core: CoreUnderTest, count: number): Promise<readonly SessionRecord[]> {
  const sessions: SessionRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    sessions.unshift(await login(core, { userId: `user-${index}` }));
    core.clock.advance('1s');
  }
  return sessions;
}

const idsOf = (sessions: readonly SessionRecord[]): string[] => sessions.map(({ id }) => id);

async function pagesOf(
  core: CoreUnderTest,
  filter: SessionFilter,
  limit: number,
): Promise<readonly SearchPage[]> {
  const pages = [await core.search.search(filter, { limit })];
  for (let cursor = pages[0]?.nextCursor; cursor !== undefined;) {
    const page = await core.search.search(filter, { limit, cursor });
    pages.push(page);
    cursor = page.nextCursor;
  }
  return pages;
}

const INDEXED = { adminIndex: true } as const;

describe('a search over all users', () => {
  it('reads many entries at a time where few match', async () => {
    const core = await openCore(INDEXED);
    await login(core, { userId: 'rare', ip: '203.0.113.9' });
    core.clock.advance('1s');
    await openMany(core, 400);
    let reads = 0;
    const store = new Proxy(core.store, {
      get(target, name) {
        if (name === 'findMany') reads += 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const search = new SessionSearch(store, core.operations, INDEXED);

    const page = await search.search({ ip: '203.0.113.9' }, { limit: 1 });

    expect(page.items).toHaveLength(1);
    expect(page.examined).toBe(401);
    expect(reads).toBeLessThanOrEqual(10);
  });

  it('needs the admin index', async () => {
    const core = await openCore({ adminIndex: false });

    const attempt = core.search.search({}, { limit: 10 });

    await expect(attempt).rejects.toThrow(SessionInputInvalidError);
    await expect(attempt).rejects.toMatchObject({ parameter: 'userId' });
  });

  it('finds nothing where there is nothing', async () => {
    const core = await openCore(INDEXED);

    expect(await core.search.search({}, { limit: 10 })).toEqual({ items: [], examined: 0 });
  });

  it('merges the shards, newest first', async () => {
    const core = await openCore(INDEXED);
    const sessions = await openMany(core, 50);

    const page = await core.search.search({}, { limit: 100 });

    expect(new Set(sessions.map(({ id }) => shardOfSession(id))).size).toBe(4);
    expect(page).toEqual({ items: sessions, examined: 50 });
  });

  it('orders sessions of one instant by id', async () => {
    const core = await openCore(INDEXED);
    const sessions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => login(core, { userId: `user-${index}` })),
    );

    const page = await core.search.search({}, { limit: 100 });

    expect(idsOf(page.items)).toEqual(idsOf(sessions).sort().reverse());
  });

  it.each([1, 2, 7, 16, 17, 49, 50, 51])(
    'gives every session once in pages of %d',
    async (limit) => {
      const core = await openCore(INDEXED);
      const sessions = await openMany(core, 50);

      const pages = await pagesOf(core, {}, limit);

      expect(pages.flatMap(({ items }) => idsOf(items))).toEqual(idsOf(sessions));
      expect(pages.every(({ items }) => items.length <= limit)).toBe(true);
    },
  );

  it('gives pages of sessions of one instant without a gap or a repetition', async () => {
    const core = await openCore(INDEXED);
    const sessions = await Promise.all(
      Array.from({ length: 40 }, (_, index) => login(core, { userId: `user-${index % 3}` })),
    );

    const pages = await pagesOf(core, {}, 3);

    expect(pages.flatMap(({ items }) => idsOf(items))).toEqual(idsOf(sessions).sort().reverse());
  });

  it('is not disturbed between pages by sessions that begin and end', async () => {
    const core = await openCore(INDEXED);
    const sessions = await openMany(core, 6);
    const first = await core.search.search({}, { limit: 2 });
    await login(core, { userId: 'late' });
    await core.directory.revoke(sessions[1]!.id, { reason: 'test' });
    await core.directory.revoke(sessions[2]!.id, { reason: 'test' });

    const second = await core.search.search({}, { limit: 10, cursor: first.nextCursor! });

    expect(idsOf(second.items)).toEqual(idsOf(sessions.slice(3)));
  });

  it('shows live sessions of users only', async () => {
    const core = await openCore({ ...INDEXED, idleTimeout: '10m' });
    await createAnonymous(core);
    const idle = await login(core);
    core.clock.advance('5m');
    const [alive, ended] = [await login(core), await login(core)];
    await core.lifecycle.end(ended, 'logout', REQUEST);
    core.clock.advance('5m');

    const page = await core.search.search({}, { limit: 10 });

    expect(idsOf(page.items)).toEqual([alive.id]);
    expect(idsOf(page.items)).not.toContain(idle.id);
  });

  it('shows none that an epoch has ended', async () => {
    const core = await openCore(INDEXED);
    await openMany(core, 5);
    await core.directory.revokeEverything({ reason: 'test' });
    const alive = await login(core);

    expect(idsOf((await core.search.search({}, { limit: 10 })).items)).toEqual([alive.id]);
  });
});

describe('the filter of a search', () => {
  it.each<[string, SessionFilter, readonly number[]]>([
    ['tenant', { tenantId: 'acme' }, [2, 1]],
    ['no tenant', { tenantId: '' }, [3, 0]],
    ['address', { ip: '192.0.2.2' }, [3, 1]],
    ['tenant and address', { tenantId: 'acme', ip: '192.0.2.2' }, [1]],
    ['a tenant that has none', { tenantId: 'umbrella' }, []],
  ])('by %s', async (_, filter, expected) => {
    const core = await openCore(INDEXED);
    const sessions: SessionRecord[] = [];
    for (const opening of [
      { tenantId: '', ip: '192.0.2.1' },
      { tenantId: 'acme', ip: '192.0.2.2' },
      { tenantId: 'acme', ip: '192.0.2.1' },
      { tenantId: '', ip: '192.0.2.2' },
    ]) {
      sessions.push(await login(core, opening));
      core.clock.advance(1);
    }

    const page = await core.search.search(filter, { limit: 10 });

    expect(idsOf(page.items)).toEqual(expected.map((index) => sessions[index]!.id));
  });

  it.each<[string, number | undefined, number | undefined, readonly number[]]>([
    ['from an instant, inclusive', 1_000, undefined, [2, 1]],
    ['from a millisecond later', 1_001, undefined, [2]],
    ['before an instant, exclusive', undefined, 1_000, [0]],
    ['before a millisecond later', undefined, 1_001, [1, 0]],
    ['between two instants', 1_000, 2_000, [1]],
    ['of an empty range', 1_000, 1_000, []],
  ])('by creation and by activity: %s', async (_, from, before, expected) => {
    const core = await openCore(INDEXED);
    const start = core.clock.now();
    const sessions = [...(await openMany(core, 3))].reverse();
    const at = (offset: number | undefined) => offset && start + offset;
    const wanted = expected.map((index) => sessions[index]!.id);

    const created = { createdFrom: at(from), createdBefore: at(before) };
    const seen = { lastSeenFrom: at(from), lastSeenBefore: at(before) };

    expect(idsOf((await core.search.search(created, { limit: 10 })).items)).toEqual(wanted);
    expect(idsOf((await core.search.search(seen, { limit: 10 })).items)).toEqual(wanted);
  });

  it('by creation reads nothing newer and stops at what is older', async () => {
    const core = await openCore(INDEXED, { shards: 1 });
    const sessions = await openMany(core, 100);

    const page = await core.search.search(
      { createdFrom: sessions[52]!.createdAt, createdBefore: sessions[49]!.createdAt },
      { limit: 10 },
    );

    expect(idsOf(page.items)).toEqual(idsOf(sessions.slice(50, 53)));
    expect(page.examined).toBeLessThan(20);
    expect(page.nextCursor).toBeUndefined();
  });

  it('holds over the pages of a range', async () => {
    const core = await openCore(INDEXED);
    const sessions = await openMany(core, 10);
    const filter = {
      createdFrom: sessions[7]!.createdAt,
      createdBefore: sessions[1]!.createdAt,
    };

    const pages = await pagesOf(core, filter, 2);

    expect(pages.flatMap(({ items }) => idsOf(items))).toEqual(idsOf(sessions.slice(2, 8)));
  });
});

describe('a search that matches little', () => {
  it('examines at most 1,000 entries for a page and goes on from there', async () => {
    const core = await openCore(INDEXED);
    const wanted = await login(core, { ip: '192.0.2.9' });
    core.clock.advance(1);
    await Promise.all(
      Array.from({ length: 1_200 }, (_, index) => login(core, { userId: `user-${index}` })),
    );

    const pages = await pagesOf(core, { ip: '192.0.2.9' }, 50);

    expect(pages.map(({ examined }) => examined)).toEqual([1_000, 201]);
    expect(pages.map(({ items }) => idsOf(items))).toEqual([[], [wanted.id]]);
  });
});

describe('a search for one user', () => {
  it('reads the list of that user, oldest first, without the admin index', async () => {
    const core = await openCore();
    const first = await login(core);
    core.clock.advance(1);
    const second = await login(core);
    await login(core, { userId: 'bob' });

    const page = await core.search.search(
      { user: { tenantId: '', userId: 'alice' } },
      { limit: 10 },
    );

    expect(page).toEqual({ items: [first, second], examined: 2 });
  });

  it('filters page by page, so that a page may be short and have a next', async () => {
    const core = await openCore();
    const filter = { user: { tenantId: '', userId: 'alice' }, ip: '192.0.2.9' };
    for (let index = 0; index < 3; index += 1) {
      await login(core);
      core.clock.advance(1);
    }
    const wanted = await login(core, { ip: '192.0.2.9' });

    const pages = await pagesOf(core, filter, 3);

    expect(pages.map(({ items, examined }) => [idsOf(items), examined])).toEqual([
      [[], 3],
      [[wanted.id], 1],
    ]);
  });

  it('finds none where the tenant is another one', async () => {
    const core = await openCore();
    await login(core);

    const page = await core.search.search(
      { user: { tenantId: '', userId: 'alice' }, tenantId: 'acme' },
      { limit: 10 },
    );

    expect(page.items).toEqual([]);
  });
});

it('refuses a cursor that no page ended with, by name', async () => {
  const core = await openCore(INDEXED);

  const attempt = core.search.search({}, { limit: 1, cursor: 'here' });

  await expect(attempt).rejects.toThrow(SessionInputInvalidError);
  await expect(attempt).rejects.toMatchObject({ parameter: 'cursor' });
});

describe('reading the creation order', () => {
  it('asks each shard for no more than it needs', async () => {
    let reads = 0;
    const counting = (store: SessionStore): SessionStore => {
      const listCreated = store.listCreated.bind(store);
      return Object.assign(store, {
        listCreated: (...args: Parameters<typeof listCreated>) => {
          reads += 1;
          return listCreated(...args);
        },
      });
    };
    const core = await openCore(INDEXED, { wrap: counting });
    await openMany(core, 200);

    await core.search.search({}, { limit: 1 });

    expect(reads).toBe(4);
  });
});
