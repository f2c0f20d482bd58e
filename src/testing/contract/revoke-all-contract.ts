import { aContext, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { idsOf, inParallel, sortedIdsOf, useStore } from './bench.js';

export function describeRevokeAll(open: OpenStore): void {
  describe('revokeAll', () => {
    const bench = useStore(open);

    it('ends all of a user’s sessions, and nobody else’s', async () => {
      const [user, neighbour] = bench.usersOfOneShard(2);
      const sessions = await inParallel(3, () => bench.login({ user: user! }));
      const other = await bench.login({ user: neighbour! });

      const ended = await bench.store.revokeAll(
        { user: user!, reason: 'credential-change' },
        bench.operation(),
      );

      expect(ended).toHaveLength(3);
      expect(ended).toEqual(
        expect.arrayContaining(
          sessions.map(({ id }) => ({ id, user, state: 'revoked', reason: 'credential-change' })),
        ),
      );
      expect(await bench.listed(user!)).toEqual([]);
      expect(await bench.listed(neighbour!)).toEqual([other.id]);
      for (const session of sessions)
        expect(await bench.stored(session)).toMatchObject({
          state: 'revoked',
          reason: 'credential-change',
        });
    });

    it('records one event a session, named after the operation and the session', async () => {
      const user = aUser({ tenantId: 'acme' });
      const sessions = await inParallel(2, () => bench.login({ user }));
      await bench.drain(user);
      const operation = bench.operation({
        context: aContext({ initiator: 'admin', actorId: 'olivia' }),
      });

      await bench.store.revokeAll({ user, reason: 'left' }, operation);

      const events = await bench.events(user);
      expect(events).toHaveLength(2);
      expect(events).toEqual(
        expect.arrayContaining(
          sessions.map(({ id }) => ({
            ...operation.context,
            eventId: `${operation.eventId}.${id}`,
            type: 'session.revoked',
            reason: 'left',
            occurredAt: operation.now,
            outcome: 'success',
            tenantId: 'acme',
            userId: user.userId,
            sessionId: id,
          })),
        ),
      );
    });

    it('leaves out the one session it is told to', async () => {
      const user = aUser();
      const sessions = await inParallel(3, () => bench.login({ user }));
      const except = sessions[1]!.id;

      const ended = await bench.store.revokeAll(
        { user, reason: 'others', except },
        bench.operation(),
      );

      expect(sortedIdsOf(ended)).toEqual([sessions[0]!.id, sessions[2]!.id].sort());
      expect(await bench.listed(user)).toEqual([except]);
    });

    it('ends what was created before an instant, and not at it', async () => {
      const user = aUser();
      const earlier = await bench.login({ user });
      bench.clock.advance(1);
      const at = await bench.login({ user });
      bench.clock.advance(1);
      const later = await bench.login({ user });

      const ended = await bench.store.revokeAll(
        { user, reason: 'x', before: at.createdAt },
        bench.operation(),
      );

      expect(idsOf(ended)).toEqual([earlier.id]);
      expect(await bench.listed(user)).toEqual([at.id, later.id]);
    });

    it('answers nothing for a user without sessions', async () => {
      const user = aUser();

      expect(await bench.store.revokeAll({ user, reason: 'x' }, bench.operation())).toEqual([]);
      expect(await bench.events(user)).toEqual([]);
    });

    it('answers nothing the second time', async () => {
      const { user } = await bench.login();
      await bench.store.revokeAll({ user: user!, reason: 'x' }, bench.operation());

      expect(await bench.store.revokeAll({ user: user!, reason: 'y' }, bench.operation())).toEqual(
        [],
      );
    });

    it('ends each session once under many callers', async () => {
      const user = aUser();
      const sessions = await inParallel(10, () => bench.login({ user }));
      await bench.drain(user);

      const answers = await inParallel(5, () =>
        bench.store.revokeAll({ user, reason: 'x' }, bench.operation()),
      );

      expect(sortedIdsOf(answers.flat())).toEqual(sortedIdsOf(sessions));
      expect(await bench.events(user)).toHaveLength(10);
    });

    it('ends what is dead already as what it is', async () => {
      const user = aUser();
      const expired = await bench.login({ user, idleTimeoutMs: 1_000 });
      const alive = await bench.login({ user });
      bench.clock.advance(1_000);

      const ended = await bench.store.revokeAll({ user, reason: 'x' }, bench.operation());

      expect(ended).toHaveLength(2);
      expect(ended).toContainEqual({ id: expired.id, user, state: 'expired', reason: 'idle' });
      expect(ended).toContainEqual({ id: alive.id, user, state: 'revoked', reason: 'x' });
    });

    it('passes over an entry without a record', async () => {
      const user = aUser();
      const [lost, kept] = [await bench.login({ user }), await bench.login({ user })];
      await bench.dropRecord(lost);

      const ended = await bench.store.revokeAll({ user, reason: 'x' }, bench.operation());

      expect(idsOf(ended)).toEqual([kept.id]);
    });

    it('ends every session that was there before it, and none by half, while others log in', async () => {
      const user = aUser();
      const before = await inParallel(5, () => bench.login({ user }));

      const [first, , ended, , second] = await Promise.all([
        inParallel(10, () => bench.login({ user })),
        bench.store.list(user, { limit: 3 }, bench.clock.now()),
        bench.store.revokeAll({ user, reason: 'credential-change' }, bench.operation()),
        bench.store.sweep(bench.shardOf(user), 100, bench.operation()),
        inParallel(10, () => bench.login({ user })),
      ]);

      const opened = [...before, ...first, ...second];
      const found = await bench.store.findMany(idsOf(opened));
      const active = opened.filter(({ id }) => found.get(id)?.session.state === 'active');
      const over = opened.filter(({ id }) => found.get(id)?.session.state === 'revoked');
      expect(active.length + over.length).toBe(opened.length);
      expect([...(await bench.listed(user))].sort()).toEqual(sortedIdsOf(active));
      expect(sortedIdsOf(ended)).toEqual(sortedIdsOf(over));
      expect(idsOf(over)).toEqual(expect.arrayContaining([...idsOf(before)]));
    });
  });
}
