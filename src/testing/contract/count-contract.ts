import { aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';

export function describeCount(open: OpenStore): void {
  describe('countSessions', () => {
    const bench = useStore(open);

    const counted = async (tenantId?: string) => {
      const { sessions, users } = await bench.store.countSessions(tenantId);
      return { sessions, users };
    };

    it('is nothing where there is none', async () => {
      expect(await bench.store.countSessions()).toEqual({ sessions: 0, users: 0 });
      expect(await counted('acme')).toEqual({ sessions: 0, users: 0 });
    });

    it('counts sessions and the users who have them, of all and of each tenant', async () => {
      const alice = aUser({ tenantId: 'acme' });
      await bench.login({ user: alice });
      await bench.login({ user: alice });
      await bench.login({ user: aUser({ tenantId: 'acme:1' }) });
      await bench.login({ user: aUser({ tenantId: '' }) });
      await bench.visit();

      const counts = [await counted(), await counted('acme'), await counted('acme:1')];

      expect(counts).toEqual([
        { sessions: 4, users: 3 },
        { sessions: 2, users: 1 },
        { sessions: 1, users: 1 },
      ]);
      expect(await counted('')).toEqual({ sessions: 1, users: 1 });
      expect(await counted('acm')).toEqual({ sessions: 0, users: 0 });
    });

    it('goes down as sessions end, however they do', async () => {
      const user = aUser({ tenantId: 'ümlaut' });
      const limit = { max: 1, onLimit: 'evict-oldest' } as const;
      await bench.login({ user });
      const evictor = await bench.created({ session: bench.session({ user }), limit });
      const afterEviction = await counted('ümlaut');

      await bench.logout(evictor);

      expect(afterEviction).toEqual({ sessions: 1, users: 1 });
      expect(await counted('ümlaut')).toEqual({ sessions: 0, users: 0 });
      expect(await counted()).toEqual({ sessions: 0, users: 0 });
    });

    it('counts one that ended by time until it is swept', async () => {
      const { user } = await bench.login();
      bench.clock.advance('60d');
      const before = await counted();

      await bench.store.sweep(bench.shardOf(user!), 100, bench.operation());

      expect(before).toEqual({ sessions: 1, users: 1 });
      expect(await counted()).toEqual({ sessions: 0, users: 0 });
    });

    it('counts a session once, however often it is asked for', async () => {
      const session = bench.session();
      await bench.store.create({ session }, bench.operation());

      await bench.store.create({ session }, bench.operation());

      expect(await counted()).toEqual({ sessions: 1, users: 1 });
    });

    it('counts one once that lost its record and is opened again', async () => {
      const session = bench.session();
      await bench.created({ session });
      await bench.dropRecord(session);

      await bench.created({ session });

      expect(await counted()).toEqual({ sessions: 1, users: 1 });
    });

    it('loses none of many that come and go at once', async () => {
      const users = [aUser(), aUser(), aUser()];
      const sessions = await inParallel(30, (index) => bench.login({ user: users[index % 3]! }));

      await inParallel(15, (index) => bench.logout(sessions[index]!));

      expect(await counted()).toEqual({ sessions: 15, users: 3 });
    });

    it('loses sight of one without a record when its user is visited', async () => {
      const user = aUser({ tenantId: 'acme' });
      const lost = await bench.login({ user });
      await bench.dropRecord(lost);

      await bench.store.revokeAll({ user, reason: 'test' }, bench.operation());

      expect(await counted('acme')).toEqual({ sessions: 0, users: 0 });
    });

    it('tells the earliest deadline that a sweep is waited for at', async () => {
      const early = await bench.login({ idleTimeoutMs: 60_000 });
      await bench.login({ idleTimeoutMs: 120_000 });

      const { nextDueAt } = await bench.store.countSessions();

      expect(nextDueAt).toBe(early.lastSeenAt + 60_000);
    });
  });
}
