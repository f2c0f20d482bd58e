import type { SessionId } from '../../core/ids.js';
import type { FoundSession } from '../../core/session-store.js';
import { aSession, FakeClock } from '../../testing/index.js';
import { NearCache } from './near-cache.js';
import { resolveNearCacheOptions, type NearCacheOptions } from './near-cache-options.js';
import { ChannelHold, LinkProof } from './push-hold.js';

const clock = new FakeClock();
const LEASE_MS = 1_000;

const foundSession = (data: Record<string, string> = {}): FoundSession & { id: SessionId } => {
  const session = aSession({ clock, shards: 1 }, { data });
  return {
    id: session.id,
    session: { ...session, state: 'active', epoch: 0, version: 1 },
    shardEpoch: 0,
  };
};

describe('the near cache', () => {
  let proof: LinkProof;
  let hold: ChannelHold | undefined;

  beforeEach(() => {
    proof = new LinkProof();
    proof.renew(performance.now());
    hold = new ChannelHold(proof);
  });

  const newCache = (options: NearCacheOptions = {}): NearCache =>
    new NearCache(resolveNearCacheOptions({ lease: LEASE_MS, ...options })!, {
      holdOf: () => hold,
      isProvenWithin: () => true,
    });

  async function caching(cache: NearCache, found = foundSession()): Promise<SessionId> {
    await cache.keeping(found.id, async () => found);
    return found.id;
  }

  /** A read that is under way until it is told what it has found. */
  function reading(cache: NearCache, id: SessionId): (found: FoundSession) => Promise<unknown> {
    let answer: (found: FoundSession) => void;
    const read = cache.keeping(id, () => new Promise((resolve) => (answer = resolve)));
    return (found) => {
      answer(found);
      return read;
    };
  }

  it('gives a live session that was found as it was found', async () => {
    const cache = newCache();
    const found = foundSession({ cart: '[1]' });

    const id = await caching(cache, found);

    expect(cache.get(id)).toEqual(found);
    expect(cache.details).toMatchObject({ nearCacheEntries: 1, nearCacheHits: 1 });
  });

  it('keeps no tombstone and nothing of what was not found', async () => {
    const cache = newCache();
    const { id, session } = foundSession();
    const { tokenHash } = session;

    await cache.keeping(id, async () => ({
      session: {
        state: 'revoked',
        id,
        tokenHash,
        generation: 0,
        reason: 'logout',
        endedAt: 1,
        eventId: 'e',
      },
      shardEpoch: 0,
    }));
    await cache.keeping(id, async () => undefined);

    expect(cache.get(id)).toBeUndefined();
    expect(cache.details).toMatchObject({ nearCacheEntries: 0, nearCacheMisses: 1 });
  });

  it('shares what nobody can change', async () => {
    const cache = newCache();
    const id = await caching(cache, foundSession({ cart: '[1]' }));

    const { session } = cache.get(id)!;

    expect(() => Object.assign((session as { data: object }).data, { cart: '[2]' })).toThrow(
      TypeError,
    );
  });

  it.each([
    {
      message: 'that it ended',
      of: (id: SessionId) =>
        ({ type: 'ended', endings: [{ id, state: 'revoked', reason: 'logout' }] }) as const,
    },
    {
      message: 'that it changed',
      of: (id: SessionId) => ({ type: 'changed', ids: [id] }) as const,
    },
    {
      message: 'of a new epoch of its shard',
      of: () => ({ type: 'epoch', shard: 0 }) as const,
    },
  ])('forgets a session on a message $message', async ({ of }) => {
    const cache = newCache();
    const id = await caching(cache);

    cache.message(of(id));

    expect(cache.get(id)).toBeUndefined();
  });

  it('keeps sessions of other shards on a new epoch', async () => {
    const cache = newCache();
    const id = await caching(cache);

    cache.message({ type: 'epoch', shard: 1 });

    expect(cache.get(id)).toBeDefined();
  });

  it('uses, but does not keep, what was read while the session changed', async () => {
    const cache = newCache();
    const found = foundSession();
    const answer = reading(cache, found.id);

    cache.forget(found.id);

    expect(await answer(found)).toBe(found);
    expect(cache.get(found.id)).toBeUndefined();
  });

  it('shows no activity older than what this process has recorded', async () => {
    const cache = newCache();
    const found = foundSession();
    await caching(cache, found);
    const answer = reading(cache, found.id);
    const seenAt = clock.now() + 60_000;

    cache.noteActivity(found.id, seenAt);
    await answer(found);

    expect(cache.get(found.id)?.session).toMatchObject({ lastSeenAt: seenAt });
  });

  it('keeps what was read after the change, whatever comes of reads from before', async () => {
    const cache = newCache();
    const [before, after] = [foundSession(), foundSession({ cart: '[1]' })];
    const answerOld = reading(cache, before.id);
    cache.forget(before.id);
    const answerNew = reading(cache, before.id);

    await answerNew(after);
    await answerOld(before);

    expect(cache.get(before.id)).toEqual(after);
  });

  it('outdates every one of several parallel reads', async () => {
    const cache = newCache();
    const found = foundSession();
    const [first, second] = [reading(cache, found.id), reading(cache, found.id)];
    await first(found);

    cache.forget(found.id);
    await second(found);

    expect(cache.get(found.id)).toBeUndefined();
  });

  it('does not keep what was read while the listening broke and began again', async () => {
    const cache = newCache();
    const found = foundSession();
    const answer = reading(cache, found.id);

    hold!.break();
    hold = new ChannelHold(proof);
    await answer(found);

    expect(cache.details).toMatchObject({ nearCacheEntries: 0 });
  });

  it('keeps what is read once the listening has begun again, though an older read goes on', async () => {
    const cache = newCache();
    const found = foundSession();
    const answerOld = reading(cache, found.id);
    hold!.break();
    hold = new ChannelHold(proof);

    await reading(cache, found.id)(found);
    await answerOld(found);

    expect(cache.get(found.id)).toEqual(found);
  });

  it('keeps nothing while nobody listens', async () => {
    const cache = newCache();
    hold = undefined;

    const id = await caching(cache);

    expect(cache.get(id)).toBeUndefined();
  });

  it('forgets all that was kept when the listening breaks', async () => {
    const cache = newCache();
    const id = await caching(cache);

    hold!.break();

    expect(cache.get(id)).toBeUndefined();
    expect(cache.details).toMatchObject({ nearCacheEntries: 0, nearCacheBytes: 0 });
  });

  it('gives nothing while the last proof is older than the lease, and again once there is a new one', async () => {
    const cache = newCache();
    const late = new LinkProof();
    hold = new ChannelHold(late);
    late.renew(performance.now() - LEASE_MS);
    const id = await caching(cache);
    const before = cache.get(id);

    late.renew(performance.now());

    expect(before).toBeUndefined();
    expect(cache.get(id)).toBeDefined();
  });

  it('knows of activity that this process has recorded, and of none older', async () => {
    const cache = newCache();
    const found = foundSession();
    const id = await caching(cache, found);
    const { lastSeenAt } = found.session as { lastSeenAt: number };

    cache.noteActivity(id, lastSeenAt + 60_000);
    cache.noteActivity(id, lastSeenAt + 30_000);

    expect(cache.get(id)?.session).toMatchObject({ lastSeenAt: lastSeenAt + 60_000 });
  });

  it('holds so many sessions and no more, the least recently used going first', async () => {
    const cache = newCache({ maxEntries: 2 });
    const [first, second] = [await caching(cache), await caching(cache)];
    cache.get(first);

    const third = await caching(cache);

    expect([first, second, third].map((id) => cache.get(id) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('holds so many bytes and no more, and nothing that is larger by itself', async () => {
    const cache = newCache({ maxBytes: 65_536 });
    const ids: SessionId[] = [];
    for (let round = 0; round < 10; round += 1)
      ids.push(await caching(cache, foundSession({ text: 'x'.repeat(8_000) })));

    const huge = await caching(cache, foundSession({ text: 'x'.repeat(40_000) }));

    expect(cache.get(huge)).toBeUndefined();
    expect(ids.filter((id) => cache.get(id) !== undefined)).toEqual(ids.slice(-3));
    expect(cache.details['nearCacheBytes']).toBeLessThanOrEqual(65_536);
  });
});

describe('the options of the near cache', () => {
  it('are off, or all defaults', () => {
    expect(resolveNearCacheOptions()).toBeUndefined();
    expect(resolveNearCacheOptions(false)).toBeUndefined();
    expect(resolveNearCacheOptions(true)).toEqual({
      maxEntries: 10_000,
      maxBytes: 33_554_432,
      leaseMs: 1_500,
    });
  });

  it.each([
    ['store.nearCache.maxEntries', { maxEntries: 0 }],
    ['store.nearCache.maxBytes', { maxBytes: 1.5 }],
    ['store.nearCache.lease', { lease: '100ms' }],
    ['store.nearCache', 'yes' as never],
  ] as const)('name what is wrong: %s', (option, given) => {
    expect(() => resolveNearCacheOptions(given as NearCacheOptions)).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option }),
    );
  });
});
