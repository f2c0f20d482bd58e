import { newSessionId } from '../../core/ids.js';
import { aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { useStore } from './bench.js';

export function describeFind(open: OpenStore): void {
  describe('find', () => {
    const bench = useStore(open);

    it('finds nothing under an id that was never issued', async () => {
      expect(await bench.store.find(newSessionId(0))).toBeUndefined();
    });

    it('finds a session past its deadline, for the caller to judge', async () => {
      const session = await bench.login({ idleTimeoutMs: 1_000 });
      bench.clock.advance(5_000);

      expect(await bench.store.find(session.id)).toEqual({ session, shardEpoch: 0 });
    });

    it('tells the epoch of the shard with a session of an older one', async () => {
      const session = await bench.login();
      const operation = bench.operation();
      await bench.store.revokeEverything(bench.shardOf(session), operation);

      expect(await bench.store.find(session.id)).toEqual({ session, shardEpoch: operation.now });
    });

    it('finds what an ended session leaves, without its data', async () => {
      const session = await bench.login({ user: aUser({ tenantId: 'acme' }), data: { a: '1' } });
      const operation = bench.operation();
      await bench.store.revoke({ id: session.id, reason: 'logout' }, operation);

      const found = await bench.store.find(session.id);

      expect(found?.session).toEqual({
        state: 'revoked',
        id: session.id,
        user: session.user,
        tokenHash: session.tokenHash,
        generation: 0,
        reason: 'logout',
        endedAt: operation.now,
        eventId: operation.eventId,
      });
    });

    it('finds both tokens of a session that was rotated before it ended', async () => {
      const { id, tokenHash: from } = await bench.login();
      const to = aTokenHash(id, 1);
      await bench.store.rotate({ id, from, to, kind: 'immediate' }, bench.operation());
      await bench.logout({ id });

      expect(await bench.stored({ id })).toMatchObject({
        state: 'revoked',
        tokenHash: to,
        previousTokenHash: from,
        generation: 1,
      });
    });

    it('finds what an ended anonymous session leaves', async () => {
      const session = await bench.visit();
      await bench.logout(session, 'login');

      const found = await bench.stored(session);

      expect(found).toMatchObject({
        state: 'revoked',
        reason: 'login',
        tokenHash: session.tokenHash,
      });
      expect(found?.user).toBeUndefined();
    });
  });

  describe('findMany', () => {
    const bench = useStore(open);

    it('finds each as find does, over all shards, and leaves out the unknown', async () => {
      const [alive, ended, anonymous] = [
        await bench.login(),
        await bench.login(),
        await bench.visit(),
      ];
      await bench.logout(ended);
      const unknown = newSessionId(1);

      const found = await bench.store.findMany([alive.id, ended.id, unknown, anonymous.id]);

      expect([...found.keys()].sort()).toEqual([alive.id, ended.id, anonymous.id].sort());
      for (const [id, session] of found) expect(session).toEqual(await bench.store.find(id));
    });

    it('tells each shard’s own epoch', async () => {
      const [old, other] = [await bench.login(), await bench.login()];
      const operation = bench.operation();
      await bench.store.revokeEverything(bench.shardOf(old), operation);

      const found = await bench.store.findMany([old.id, other.id]);

      const otherEpoch = bench.shardOf(old) === bench.shardOf(other) ? operation.now : 0;
      expect(found.get(old.id)?.shardEpoch).toBe(operation.now);
      expect(found.get(other.id)?.shardEpoch).toBe(otherEpoch);
    });

    it('finds nothing among no ids', async () => {
      expect(await bench.store.findMany([])).toEqual(new Map());
    });
  });
}
