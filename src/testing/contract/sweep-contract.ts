import type { SessionRecord } from '../../core/session-record.js';
import type { EndedSession, SweepResult } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { anAnonymousSession, aTokenHash, aUser } from '../builders.js';
import { newSessionId } from '../../core/ids.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { type Bench, idsOf, inParallel, sortedIdsOf, untilAnswered, useStore } from './bench.js';

const IDLE_MS = 1_000;

const sweep = (bench: Bench, subject: User | SessionRecord, budget = 100): Promise<SweepResult> =>
  bench.store.sweep(bench.shardOf(subject), budget, bench.operation());

export function describeSweep(open: OpenStore): void {
  describe('sweep', () => {
    const bench = useStore(open);

    it('ends what is past its deadline and leaves the rest', async () => {
      const user = aUser({ tenantId: 'acme' });
      const idle = await bench.login({ user, idleTimeoutMs: IDLE_MS });
      const old = await bench.login({ user, absoluteExpiresAt: bench.clock.now() + IDLE_MS });
      const alive = await bench.login({ user });
      await bench.drain(user);
      bench.clock.advance(IDLE_MS);
      const operation = bench.operation();

      const swept = await bench.store.sweep(bench.shardOf(user), 100, operation);

      const expected: readonly EndedSession[] = [
        { id: idle.id, user, state: 'expired', reason: 'idle' },
        { id: old.id, user, state: 'expired', reason: 'absolute' },
      ];
      expect(swept).toEqual({ ended: expect.any(Array), more: false });
      expect(swept.ended).toHaveLength(2);
      expect(swept.ended).toEqual(expect.arrayContaining([...expected]));
      expect(await bench.listed(user)).toEqual([alive.id]);
      expect(await bench.stored(idle)).toMatchObject({ state: 'expired', reason: 'idle' });
      expect(await bench.stored(old)).toMatchObject({ state: 'expired', reason: 'absolute' });
      const events = await bench.events(user);
      expect(events).toHaveLength(2);
      expect(events).toContainEqual({
        eventId: `${operation.eventId}.${idle.id}`,
        type: 'session.expired',
        reason: 'idle',
        occurredAt: operation.now,
        outcome: 'success',
        initiator: 'system',
        tenantId: 'acme',
        userId: user.userId,
        sessionId: idle.id,
      });
    });

    it('ends a session at its deadline, not before', async () => {
      const session = await bench.login({ idleTimeoutMs: IDLE_MS });
      bench.clock.advance(IDLE_MS - 1);

      const before = await sweep(bench, session.user!);
      bench.clock.advance(1);
      const at = await sweep(bench, session.user!);

      expect(before).toEqual({ ended: [], more: false });
      expect(idsOf(at.ended)).toEqual([session.id]);
    });

    it('finds nothing to do twice', async () => {
      const session = await bench.login({ idleTimeoutMs: IDLE_MS });
      bench.clock.advance(IDLE_MS);
      await sweep(bench, session.user!);
      await bench.drain(session);

      expect(await sweep(bench, session.user!)).toEqual({ ended: [], more: false });
      expect(await bench.events(session)).toEqual([]);
    });

    it('does no more than its budget and says that there is more', async () => {
      const users = bench.usersOfOneShard(5);
      const sessions = [];
      for (const user of users) sessions.push(await bench.login({ user, idleTimeoutMs: IDLE_MS }));
      bench.clock.advance(IDLE_MS);

      const sweeps = [
        await sweep(bench, users[0]!, 2),
        await sweep(bench, users[0]!, 2),
        await sweep(bench, users[0]!, 2),
      ];

      expect(sweeps.map(({ ended, more }) => [ended.length, more])).toEqual([
        [2, true],
        [2, true],
        [1, false],
      ]);
      expect(sweeps.flatMap(({ ended }) => idsOf(ended)).sort()).toEqual(sortedIdsOf(sessions));
    });

    it('works off one user’s many sessions within its budget', async () => {
      const user = aUser();
      const sessions = await inParallel(7, () => bench.login({ user, idleTimeoutMs: IDLE_MS }));
      bench.clock.advance(IDLE_MS);

      const sweeps: SweepResult[] = [];
      await untilAnswered(async () => {
        const swept = await sweep(bench, user, 2);
        sweeps.push(swept);
        return swept.more ? undefined : swept;
      });

      expect(Math.max(...sweeps.map(({ ended }) => ended.length))).toBeLessThanOrEqual(2);
      expect(sweeps.flatMap(({ ended }) => idsOf(ended)).sort()).toEqual(sortedIdsOf(sessions));
    });

    it('ends each session once under many sweepers', async () => {
      const users = bench.usersOfOneShard(10);
      const sessions = await Promise.all(
        users.map((user) => bench.login({ user, idleTimeoutMs: IDLE_MS })),
      );
      await bench.drain(users[0]!);
      bench.clock.advance(IDLE_MS);

      const sweeps = await inParallel(5, () => sweep(bench, users[0]!));

      expect(sweeps.flatMap(({ ended }) => idsOf(ended)).sort()).toEqual(sortedIdsOf(sessions));
      expect(await bench.events(users[0]!)).toHaveLength(10);
    });

    it('comes back for a session that was touched meanwhile', async () => {
      const session = await bench.login({ idleTimeoutMs: IDLE_MS });
      bench.clock.advance(IDLE_MS - 1);
      await bench.store.touch(session.id, bench.operation());

      bench.clock.advance(1);
      const first = await sweep(bench, session.user!);
      bench.clock.advance(IDLE_MS - 2);
      const second = await sweep(bench, session.user!);
      bench.clock.advance(1);
      const third = await sweep(bench, session.user!);

      expect([first, second]).toEqual(Array(2).fill({ ended: [], more: false }));
      expect(idsOf(third.ended)).toEqual([session.id]);
    });

    it('comes back for an anonymous session that was touched meanwhile', async () => {
      const session = await bench.visit({ idleTimeoutMs: IDLE_MS });
      bench.clock.advance(IDLE_MS - 1);
      await bench.store.touch(session.id, bench.operation());

      bench.clock.advance(1);
      const first = await sweep(bench, session);
      bench.clock.advance(IDLE_MS - 1);
      const second = await sweep(bench, session);

      expect(first).toEqual({ ended: [], more: false });
      expect(idsOf(second.ended)).toEqual([session.id]);
    });

    it('ends each of a user’s sessions in its own time', async () => {
      const user = aUser();
      const [late, early] = [
        await bench.login({ user, idleTimeoutMs: 2 * IDLE_MS }),
        await bench.login({ user, idleTimeoutMs: IDLE_MS }),
      ];

      bench.clock.advance(IDLE_MS);
      const first = await sweep(bench, user);
      bench.clock.advance(IDLE_MS);
      const second = await sweep(bench, user);

      expect([idsOf(first.ended), idsOf(second.ended)]).toEqual([[early.id], [late.id]]);
    });

    it('comes back where a new proof of identity renewed the absolute deadline', async () => {
      const { id, tokenHash, user } = await bench.login({
        absoluteExpiresAt: bench.clock.now() + IDLE_MS,
      });
      const absoluteExpiresAt = bench.clock.now() + 3 * IDLE_MS;
      await bench.store.rotate(
        {
          id,
          from: tokenHash,
          to: aTokenHash(id),
          kind: 'immediate',
          reauthenticated: { methods: [], absoluteExpiresAt },
        },
        bench.operation(),
      );

      bench.clock.advance(IDLE_MS);
      const first = await sweep(bench, user!);
      bench.clock.set(absoluteExpiresAt);
      const second = await sweep(bench, user!);

      expect(first.ended).toEqual([]);
      expect(second.ended).toMatchObject([{ id, reason: 'absolute' }]);
    });

    it('ends anonymous sessions without an event', async () => {
      const id = newSessionId(bench.shards - 1);
      await bench.created({ session: anAnonymousSession(bench, { id, idleTimeoutMs: IDLE_MS }) });
      bench.clock.advance(IDLE_MS);

      const swept = await bench.store.sweep(bench.shards - 1, 100, bench.operation());

      expect(swept).toEqual({ ended: [{ id, state: 'expired', reason: 'idle' }], more: false });
      expect(await bench.events({ id })).toEqual([]);
      expect(await bench.stored({ id })).toMatchObject({ state: 'expired' });
    });

    it('ends sessions of an older epoch as revoked with all', async () => {
      const session = await bench.login();
      const operation = bench.operation();
      await bench.store.revokeEverything(bench.shardOf(session), operation);
      const since = await bench.login({ user: session.user! });
      await bench.drain(session);

      const swept = await sweep(bench, session.user!);

      const { id, user } = session;
      expect(swept).toEqual({
        ended: [{ id, user, state: 'revoked', reason: 'all-revoked' }],
        more: false,
      });
      expect(await bench.listed(user!)).toEqual([since.id]);
      expect(await bench.events(user!)).toMatchObject([
        { type: 'session.revoked', reason: 'all-revoked', initiator: 'system', sessionId: id },
      ]);
    });

    it('mends an entry without a record and tells of no ending', async () => {
      const users = bench.usersOfOneShard(2);
      const lost = await bench.login({ user: users[0]!, idleTimeoutMs: IDLE_MS });
      const kept = await bench.login({ user: users[1]!, idleTimeoutMs: IDLE_MS + 1 });
      await bench.drain(users[0]!);
      await bench.dropRecord(lost);
      bench.clock.advance(IDLE_MS);

      const first = await sweep(bench, users[0]!, 1);
      bench.clock.advance(1);
      const second = await sweep(bench, users[0]!, 1);

      expect(first).toEqual({ ended: [], more: false });
      expect(idsOf(second.ended)).toEqual([kept.id]);
      expect(await bench.events(users[0]!)).toHaveLength(1);
      expect(await bench.store.listCreated(bench.shardOf(users[0]!), undefined, 10)).toEqual([]);
    });

    it('stays within its shard', async () => {
      const session = await bench.login({ idleTimeoutMs: IDLE_MS });
      bench.clock.advance(IDLE_MS);

      const swept = await bench.store.sweep(
        (bench.shardOf(session) + 1) % bench.shards,
        100,
        bench.operation(),
      );

      expect(swept).toEqual({ ended: [], more: false });
      expect(await bench.stored(session)).toMatchObject({ state: 'active' });
    });
  });
}
