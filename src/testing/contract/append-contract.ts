import type { User } from '../../core/user.js';
import { aContext, anAnonymousSession, aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, untilAnswered, useStore, type Bench } from './bench.js';

const MAX_BYTES = 1_024;

const append = (bench: Bench, user: User): Promise<boolean> =>
  bench.store.append(
    bench.shardOf(user),
    { type: 'login.failed', tenantId: user.tenantId, userId: user.userId },
    bench.operation(),
  );

/** Fills the outbox until it is over its bound. */
async function fill(bench: Bench, user: User): Promise<number> {
  let accepted = 0;
  return untilAnswered(async () => {
    if (!(await append(bench, user))) return accepted;
    accepted++;
    return undefined;
  });
}

/** Fills the outbox over twice its bound, by events that are never refused. */
async function overflow(bench: Bench, user: User): Promise<void> {
  const shard = bench.shardOf(user);
  await untilAnswered(async () => {
    await bench.store.block(user, 0, bench.operation());
    const { bytes } = await bench.store.outboxState(shard);
    return bytes > 2 * MAX_BYTES || undefined;
  });
}

export function describeAppend(open: OpenStore): void {
  describe('append', () => {
    const bench = useStore(open);

    it('records a fact of a user', async () => {
      const session = await bench.login({ user: aUser({ tenantId: 'acme' }) });
      await bench.drain(session);
      const context = aContext({ initiator: 'system', details: { count: 3 } });
      const operation = bench.operation({ context });
      const fact = {
        type: 'session.used_after_end',
        reason: 'logout',
        tenantId: 'acme',
        userId: session.user!.userId,
        sessionId: session.id,
      } as const;

      const answer = await bench.store.append(bench.shardOf(session), fact, operation);

      expect(answer).toBe(true);
      expect(await bench.events(session)).toEqual([
        {
          ...context,
          ...fact,
          eventId: operation.eventId,
          occurredAt: operation.now,
          outcome: 'failure',
        },
      ]);
    });

    it('records a fact of nobody in the shard it is told', async () => {
      const operation = bench.operation();

      await bench.store.append(bench.shards - 1, { type: 'csrf.rejected' }, operation);

      const entries = await bench.store.readOutbox(bench.shards - 1, 10);
      expect(entries.map(({ event }) => event)).toEqual([
        {
          ...operation.context,
          eventId: operation.eventId,
          type: 'csrf.rejected',
          occurredAt: operation.now,
          outcome: 'failure',
        },
      ]);
    });

    it('records all of many at once', async () => {
      const user = aUser();

      const answers = await inParallel(50, () => append(bench, user));

      expect(answers).toEqual(Array(50).fill(true));
      expect(await bench.events(user)).toHaveLength(50);
    });
  });

  describe('an outbox over its bound', () => {
    const bench = useStore(open, { outboxMaxBytes: MAX_BYTES });

    it('drops facts that change no session, and writes nothing of them', async () => {
      const user = aUser();
      const accepted = await fill(bench, user);
      const full = await bench.store.outboxState(bench.shardOf(user));

      const answer = await append(bench, user);

      expect(answer).toBe(false);
      expect(accepted).toBeGreaterThan(1);
      expect(full.bytes).toBeGreaterThan(MAX_BYTES);
      expect(await bench.store.outboxState(bench.shardOf(user))).toEqual(full);
    });

    it('takes them again once it has been worked off', async () => {
      const user = aUser();
      await fill(bench, user);
      await bench.drain(user);

      expect(await append(bench, user)).toBe(true);
    });

    it('still opens sessions up to twice its bound, and none above', async () => {
      const user = aUser();
      await fill(bench, user);
      const within = await bench.store.create(
        { session: bench.session({ user }) },
        bench.operation(),
      );
      await overflow(bench, user);
      const session = bench.session({ user });
      const full = await bench.store.outboxState(bench.shardOf(user));

      const above = await bench.store.create({ session }, bench.operation());

      expect(within.result).toBe('created');
      expect(above).toEqual({ result: 'backlog' });
      expect(await bench.stored(session)).toBeUndefined();
      expect(await bench.store.outboxState(bench.shardOf(user))).toEqual(full);
    });

    it('opens sessions again once it has been worked off', async () => {
      const user = aUser();
      await overflow(bench, user);
      await bench.drain(user);

      const answer = await bench.store.create(
        { session: bench.session({ user }) },
        bench.operation(),
      );

      expect(answer.result).toBe('created');
    });

    it('opens anonymous sessions all the same', async () => {
      const user = aUser();
      await overflow(bench, user);
      const { id } = bench.session({ user });

      const answer = await bench.store.create(
        { session: anAnonymousSession(bench, { id }) },
        bench.operation(),
      );

      expect(answer.result).toBe('created');
    });

    it('stands in the way of no other change', async () => {
      const user = aUser();
      const session = await bench.login({ user });
      await bench.login({ user });
      await overflow(bench, user);
      const { id, tokenHash } = session;
      const to = aTokenHash(id);

      const answers = [
        await bench.store.save({ id, set: { a: '1' }, remove: [] }, bench.operation()),
        await bench.store.rotate({ id, from: tokenHash, to, kind: 'immediate' }, bench.operation()),
        await bench.store.revoke({ id, reason: 'logout' }, bench.operation()),
      ];
      const ended = await bench.store.revokeAll({ user, reason: 'x' }, bench.operation());

      expect(answers).toMatchObject([
        { result: 'saved' },
        { result: 'rotated' },
        { result: 'revoked' },
      ]);
      expect(ended).toHaveLength(1);
      const types = (await bench.events(user)).map(({ type }) => type);
      expect(types.slice(-3)).toEqual(['session.rotated', 'session.revoked', 'session.revoked']);
    });

    it('is bounded in each shard alone', async () => {
      const user = aUser();
      await fill(bench, user);

      const answer = await bench.store.append(
        (bench.shardOf(user) + 1) % bench.shards,
        { type: 'csrf.rejected' },
        bench.operation(),
      );

      expect(answer).toBe(true);
    });
  });
}
