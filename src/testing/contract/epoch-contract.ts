import { aContext } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';

export function describeEpoch(open: OpenStore): void {
  describe('revokeEverything', () => {
    const bench = useStore(open);

    it('ends every session of the shard, anonymous ones too', async () => {
      const users = bench.usersOfOneShard(2);
      const sessions = [
        await bench.login({ user: users[0]! }),
        await bench.login({ user: users[1]! }),
      ];
      const shard = bench.shardOf(users[0]!);
      const visit = await bench.visit();
      const operation = bench.operation();

      await bench.store.revokeEverything(shard, operation);
      await bench.store.revokeEverything(bench.shardOf(visit), bench.operation());

      for (const { id } of [...sessions, visit]) {
        expect(await bench.store.touch(id, bench.operation())).toBe('gone');
        expect(await bench.stored({ id })).toMatchObject({
          state: 'revoked',
          reason: 'all-revoked',
        });
      }
      expect(await bench.listed(users[0]!)).toEqual([]);
    });

    it('leaves other shards alone', async () => {
      const session = await bench.login();

      await bench.store.revokeEverything(
        (bench.shardOf(session) + 1) % bench.shards,
        bench.operation(),
      );

      expect(await bench.store.touch(session.id, bench.operation())).toBe('touched');
    });

    it('begins an epoch at its own instant and leaves what is opened in the same one', async () => {
      const { user } = await bench.login();
      const operation = bench.operation();
      await bench.store.revokeEverything(bench.shardOf(user!), operation);

      const session = await bench.login({ user: user! });

      expect(session.epoch).toBe(operation.now);
      expect(await bench.store.find(session.id)).toEqual({ session, shardEpoch: operation.now });
      expect(await bench.store.touch(session.id, bench.operation())).toBe('touched');
    });

    it('ends what was opened since the last time, within one instant or with the clock set back', async () => {
      const { user } = await bench.login();
      const shard = bench.shardOf(user!);
      await bench.store.revokeEverything(shard, bench.operation());
      const second = await bench.login({ user: user! });
      await bench.store.revokeEverything(shard, bench.operation());
      const third = await bench.login({ user: user! });
      await bench.store.revokeEverything(
        shard,
        bench.operation({ now: bench.clock.now() - 10_000 }),
      );

      const answers = await inParallel(2, (index) =>
        bench.store.touch([second, third][index]!.id, bench.operation()),
      );

      expect(answers).toEqual(['gone', 'gone']);
      expect([second.epoch, third.epoch]).toEqual([bench.clock.now(), bench.clock.now() + 1]);
      expect((await bench.store.find(third.id))?.shardEpoch).toBe(bench.clock.now() + 2);
    });

    it('is one fact of the shard, and each session met later is one of its own', async () => {
      const session = await bench.login();
      await bench.drain(session);
      const context = aContext({ initiator: 'admin', actorId: 'olivia' });
      const operation = bench.operation({ context });
      await bench.store.revokeEverything(bench.shardOf(session), operation);
      const later = bench.operation();

      await bench.store.touch(session.id, later);

      expect(await bench.events(session)).toEqual([
        {
          ...context,
          eventId: operation.eventId,
          type: 'sessions.all_revoked',
          reason: 'all-revoked',
          occurredAt: operation.now,
          outcome: 'success',
        },
        {
          eventId: `${later.eventId}.${session.id}`,
          type: 'session.revoked',
          reason: 'all-revoked',
          occurredAt: later.now,
          outcome: 'success',
          initiator: 'system',
          tenantId: session.user!.tenantId,
          userId: session.user!.userId,
          sessionId: session.id,
        },
      ]);
    });

    it('leaves no session of before, whoever logs in at the same time', async () => {
      const users = bench.usersOfOneShard(2);
      const shard = bench.shardOf(users[0]!);
      const before = await inParallel(5, () => bench.login({ user: users[0]! }));

      const [during] = await Promise.all([
        inParallel(10, () => bench.login({ user: users[1]! })),
        bench.store.revokeEverything(shard, bench.operation()),
      ]);

      const { shardEpoch } = (await bench.store.find(before[0]!.id))!;
      const survivors = during.filter(({ epoch }) => epoch === shardEpoch);
      expect(await bench.listed(users[0]!)).toEqual([]);
      expect([...(await bench.listed(users[1]!))].sort()).toEqual(
        survivors.map(({ id }) => id).sort(),
      );
    });
  });
}
