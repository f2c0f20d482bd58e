import type { SessionRecord } from '../../core/session-record.js';
import type { OutboxEntry } from '../../core/session-store.js';
import { aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { idsOf, inParallel, sortedIdsOf, useStore, type Bench } from './bench.js';

const DATA_VALUE = 'a-value-of-the-data';
const DATA_KEY = 'a-key-of-the-data';

/** Makes sessions go through every change there is; all the token hashes they had. */
async function lifeOf(bench: Bench): Promise<readonly string[]> {
  const user = aUser();
  const data = { [DATA_KEY]: JSON.stringify(DATA_VALUE) };
  const session = await bench.login({ user, data });
  const { id, tokenHash } = session;
  const hashes = [tokenHash, aTokenHash(id, 1), aTokenHash(id, 1), aTokenHash(id, 2)] as const;
  const rotate = (from: SessionRecord['tokenHash'], to: SessionRecord['tokenHash'], rest = {}) =>
    bench.store.rotate({ id, from, to, kind: 'periodic', ...rest }, bench.operation());
  await bench.store.save({ id, set: data, remove: [] }, bench.operation());
  await rotate(hashes[0], hashes[1]);
  await rotate(hashes[1], hashes[2], { replaceUnconfirmed: true });
  await bench.store.confirm(id, hashes[2], bench.operation());
  const reauthenticated = { methods: ['pwd'], absoluteExpiresAt: session.absoluteExpiresAt };
  await rotate(hashes[2], hashes[3], { reauthenticated });
  const evicting = bench.session({ user, data });
  const limit = { max: 1, onLimit: 'evict-oldest' } as const;
  await bench.store.create({ session: evicting, limit }, bench.operation());
  const rejected = bench.session({ user, data });
  await bench.store.create(
    { session: rejected, limit: { max: 1, onLimit: 'reject' } },
    bench.operation(),
  );
  await bench.logout(evicting);
  const expiring = await bench.login({ user, data, idleTimeoutMs: 1_000 });
  bench.clock.advance(1_000);
  await bench.store.sweep(bench.shardOf(user), 100, bench.operation());
  const last = await bench.login({ user, data });
  await bench.store.revokeAll({ user, reason: 'x' }, bench.operation());
  await bench.store.block(user, 0, bench.operation());
  await bench.store.revokeEverything(bench.shardOf(user), bench.operation());
  return [...hashes, evicting, rejected, expiring, last].map((item) =>
    typeof item === 'string' ? item : item.tokenHash,
  );
}

/** What waits in all shards. */
async function everyEvent(bench: Bench): Promise<readonly OutboxEntry[]> {
  const shards = Array.from({ length: bench.shards }, (_, shard) =>
    bench.store.readOutbox(shard, 1_000),
  );
  return (await Promise.all(shards)).flat();
}

export function describeOutbox(open: OpenStore): void {
  describe('the outbox', () => {
    const bench = useStore(open);

    it('is empty at first', async () => {
      expect(await bench.store.readOutbox(0, 10)).toEqual([]);
      expect(await bench.store.outboxState(0)).toEqual({ entries: 0, bytes: 0 });
    });

    it('gives events oldest first, as many as asked for, and takes nothing away', async () => {
      const user = aUser();
      const sessions = [];
      for (let count = 0; count < 5; count++) sessions.push(await bench.login({ user }));
      const shard = bench.shardOf(user);

      const reads = [
        await bench.store.readOutbox(shard, 3),
        await bench.store.readOutbox(shard, 5),
        await bench.store.readOutbox(shard, 100),
      ];

      const order = reads.map((entries) => entries.map(({ event }) => event.sessionId));
      const ids = sessions.map(({ id }) => id);
      expect(order).toEqual([ids.slice(0, 3), ids, ids]);
      expect(reads[0]).toEqual(reads[1]!.slice(0, 3));
      expect(new Set(reads[1]!.map(({ key }) => key)).size).toBe(5);
    });

    it('lets go of what is acknowledged, and of nothing else', async () => {
      const user = aUser();
      await inParallel(4, () => bench.login({ user }));
      const shard = bench.shardOf(user);
      const entries = await bench.store.readOutbox(shard, 10);

      await bench.store.acknowledge(shard, [entries[2]!.key, entries[0]!.key]);

      expect(await bench.store.readOutbox(shard, 10)).toEqual([entries[1], entries[3]]);
    });

    it('ignores keys that it does not know, or no longer', async () => {
      const session = await bench.login();
      const shard = bench.shardOf(session);
      const [entry] = await bench.store.readOutbox(shard, 1);

      await bench.store.acknowledge(shard, [entry!.key, entry!.key, '999999999999-7/1']);
      await bench.store.acknowledge(shard, [entry!.key]);
      await bench.store.acknowledge(shard, []);

      expect(await bench.store.outboxState(shard)).toEqual({ entries: 0, bytes: 0 });
    });

    it('counts an entry that is acknowledged again as gone once', async () => {
      const user = aUser();
      const shard = bench.shardOf(user);
      await bench.login({ user });
      await bench.login({ user });
      const [first] = await bench.store.readOutbox(shard, 1);
      await bench.store.acknowledge(shard, [first!.key]);
      const once = await bench.store.outboxState(shard);

      await bench.store.acknowledge(shard, [first!.key, first!.key]);

      expect(once).toMatchObject({ entries: 1 });
      expect(await bench.store.outboxState(shard)).toEqual(once);
    });

    it('tells how much waits and since when', async () => {
      const user = aUser();
      const shard = bench.shardOf(user);
      const firstAt = bench.clock.now();
      await bench.login({ user });
      const one = await bench.store.outboxState(shard);
      bench.clock.advance('1m');
      await bench.login({ user });

      const two = await bench.store.outboxState(shard);
      const [first] = await bench.store.readOutbox(shard, 1);
      await bench.store.acknowledge(shard, [first!.key]);
      const left = await bench.store.outboxState(shard);

      expect(one).toEqual({ entries: 1, bytes: expect.any(Number), oldestAt: firstAt });
      expect(two).toEqual({ entries: 2, bytes: expect.any(Number), oldestAt: firstAt });
      expect(left).toEqual({
        entries: 1,
        bytes: two.bytes - one.bytes,
        oldestAt: bench.clock.now(),
      });
      expect(one.bytes).toBeGreaterThan(0);
      expect(two.bytes).toBeGreaterThan(one.bytes);
    });

    it('loses no event of many changes at once', async () => {
      const user = aUser();

      const sessions = await inParallel(100, () => bench.login({ user }));

      const events = await bench.events(user);
      expect(new Set(events.map(({ sessionId }) => sessionId))).toEqual(new Set(idsOf(sessions)));
      expect(events).toHaveLength(100);
      expect(await bench.store.outboxState(bench.shardOf(user))).toMatchObject({ entries: 100 });
    });

    it('keeps each shard’s events apart', async () => {
      const session = await bench.login();

      expect(await bench.store.readOutbox((bench.shardOf(session) + 1) % bench.shards, 10)).toEqual(
        [],
      );
    });

    it('never holds a token hash or session data', async () => {
      const hashes = await lifeOf(bench);

      const text = JSON.stringify(await everyEvent(bench));

      for (const type of [
        'session.created',
        'session.rotated',
        'session.reauthenticated',
        'session.evicted',
        'session.revoked',
        'session.expired',
        'user.blocked',
        'sessions.all_revoked',
      ])
        expect(text).toContain(type);
      for (const secret of [DATA_KEY, DATA_VALUE, ...hashes]) expect(text).not.toContain(secret);
    });
  });

  describe('the outbox with audit off', () => {
    const bench = useStore(open, { audit: false, outboxMaxBytes: 1 });

    it('stays empty through every change', async () => {
      await lifeOf(bench);

      expect(await everyEvent(bench)).toEqual([]);
    });

    it('takes every fact and keeps none', async () => {
      const answers = await inParallel(10, () =>
        bench.store.append(0, { type: 'login.failed' }, bench.operation()),
      );

      expect(answers).toEqual(Array(10).fill(true));
      expect(await bench.store.outboxState(0)).toEqual({ entries: 0, bytes: 0 });
    });

    it('keeps nobody from opening a session', async () => {
      const user = aUser();

      const sessions = await inParallel(100, () => bench.login({ user }));

      expect([...(await bench.listed(user))].sort()).toEqual(sortedIdsOf(sessions));
    });
  });
}
