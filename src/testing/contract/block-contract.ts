import { aContext, anAnonymousSession, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { useStore } from './bench.js';

export function describeBlock(open: OpenStore): void {
  describe('block', () => {
    const bench = useStore(open);

    const login = (user = aUser()) =>
      bench.store.create({ session: bench.session({ user }) }, bench.operation());

    it('refuses the user’s new sessions until the instant, and no longer at it', async () => {
      const user = aUser();
      const until = bench.clock.now() + 60_000;
      await bench.store.block(user, until, bench.operation());

      const first = await login(user);
      bench.clock.set(until - 1);
      const last = await login(user);
      bench.clock.set(until);
      const after = await login(user);

      expect([first, last]).toEqual(Array(2).fill({ result: 'blocked', until }));
      expect(after.result).toBe('created');
    });

    it('may last as long as dates can tell', async () => {
      const user = aUser();
      const until = 8.64e15;
      await bench.store.block(user, until, bench.operation());

      bench.clock.advance('36500d');

      expect(await login(user)).toEqual({ result: 'blocked', until });
    });

    it('leaves live sessions alone', async () => {
      const session = await bench.login();

      await bench.store.block(session.user!, bench.clock.now() + 60_000, bench.operation());

      expect(await bench.store.touch(session.id, bench.operation())).toBe('touched');
      expect(await bench.listed(session.user!)).toEqual([session.id]);
    });

    it('leaves other users and anonymous sessions alone', async () => {
      const [user, neighbour] = bench.usersOfOneShard(2);
      await bench.store.block(user!, bench.clock.now() + 60_000, bench.operation());

      const answers = [
        await login(neighbour),
        await login({ tenantId: 'other', userId: user!.userId }),
        await bench.store.create({ session: anAnonymousSession(bench) }, bench.operation()),
      ];

      expect(answers).toMatchObject(Array(3).fill({ result: 'created' }));
    });

    it('tells until when it lasts, and nothing when it is over or lifted', async () => {
      const [user, neighbour] = bench.usersOfOneShard(2);
      const until = bench.clock.now() + 60_000;
      const told = (at = bench.clock.now()) => bench.store.blockedUntil(user!, at);
      const before = await told();
      await bench.store.block(user!, until, bench.operation());

      const during = [await told(), await told(until - 1), await told(until)];
      await bench.store.block(user!, 0, bench.operation());

      expect(before).toBeUndefined();
      expect(during).toEqual([until, until, undefined]);
      expect(await bench.store.blockedUntil(neighbour!, bench.clock.now())).toBeUndefined();
      expect(await told()).toBeUndefined();
    });

    it('is lifted by an instant not after the present', async () => {
      const user = aUser();
      await bench.store.block(user, bench.clock.now() + 60_000, bench.operation());

      await bench.store.block(user, bench.clock.now(), bench.operation());

      expect((await login(user)).result).toBe('created');
    });

    it('is replaced by a later one, be it longer or shorter', async () => {
      const user = aUser();
      const now = bench.clock.now();
      await bench.store.block(user, now + 60_000, bench.operation());
      await bench.store.block(user, now + 120_000, bench.operation());
      const longer = await login(user);
      await bench.store.block(user, now + 1_000, bench.operation());

      const shorter = await login(user);

      expect(longer).toEqual({ result: 'blocked', until: now + 120_000 });
      expect(shorter).toEqual({ result: 'blocked', until: now + 1_000 });
    });

    it('refuses before the session limit ends anything', async () => {
      const { user, id } = await bench.login();
      await bench.store.block(user!, bench.clock.now() + 60_000, bench.operation());

      await bench.store.create(
        { session: bench.session({ user: user! }), limit: { max: 1, onLimit: 'evict-oldest' } },
        bench.operation(),
      );

      expect(await bench.listed(user!)).toEqual([id]);
    });

    it('still answers created to a session that was opened before', async () => {
      const session = await bench.login();
      await bench.store.block(session.user!, bench.clock.now() + 60_000, bench.operation());

      const answer = await bench.store.create({ session }, bench.operation());

      expect(answer).toMatchObject({ result: 'created' });
    });

    it('is recorded, and so is its lifting', async () => {
      const user = aUser({ tenantId: 'acme' });
      const until = bench.clock.now() + 60_000;
      const context = aContext({ initiator: 'admin', actorId: 'olivia', details: { until } });
      const operations = [bench.operation({ context }), bench.operation({ context })];

      await bench.store.block(user, until, operations[0]!);
      await bench.store.block(user, bench.clock.now(), operations[1]!);

      expect(await bench.events(user)).toEqual(
        operations.map(({ eventId, now }) => ({
          ...context,
          eventId,
          type: 'user.blocked',
          occurredAt: now,
          outcome: 'success',
          tenantId: 'acme',
          userId: user.userId,
        })),
      );
    });
  });
}
