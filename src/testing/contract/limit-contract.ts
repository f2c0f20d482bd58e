import type { NewSession, CreateResult } from '../../core/session-store.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { OnLimit } from '../../core/policy/session-options.js';
import type { User } from '../../core/user.js';
import { aContext, anAnonymousSession, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { type Bench, idsOf, inParallel, sortedIdsOf, useStore } from './bench.js';

interface Planted {
  readonly epochDead: SessionRecord;
  readonly expired: SessionRecord;
  readonly withoutRecord: SessionRecord;
}

/** Fills a user's index with an entry of every dead kind. */
async function plantDead(bench: Bench, user: User): Promise<Planted> {
  const epochDead = await bench.login({ user });
  const withoutRecord = await bench.login({ user });
  await bench.dropRecord(withoutRecord);
  await bench.store.revokeEverything(bench.shardOf(user), bench.operation());
  const expired = await bench.login({ user, idleTimeoutMs: 1_000 });
  bench.clock.advance(1_000);
  await bench.drain(user);
  return { epochDead, expired, withoutRecord };
}

const createWithin = (
  bench: Bench,
  max: number,
  onLimit: OnLimit,
  overrides: Partial<NewSession>,
): Promise<CreateResult> =>
  bench.store.create(
    { session: bench.session(overrides), limit: { max, onLimit } },
    bench.operation(),
  );

export function describeLimit(open: OpenStore): void {
  describe('create with a limit', () => {
    const bench = useStore(open);

    it.each(['evict-oldest', 'reject'] as const)(
      'opens sessions up to the limit (%s)',
      async (onLimit) => {
        const user = aUser();

        const answers = await inParallel(3, () => createWithin(bench, 3, onLimit, { user }));

        expect(answers).toMatchObject(Array(3).fill({ result: 'created', ended: [] }));
        expect(await bench.listed(user)).toHaveLength(3);
      },
    );

    it('evicts the session seen least recently, not the oldest', async () => {
      const user = aUser();
      const oldest = await bench.login({ user });
      bench.clock.advance(1);
      const idlest = await bench.login({ user });
      bench.clock.advance(1);
      await bench.store.touch(oldest.id, bench.operation());

      const answer = await createWithin(bench, 2, 'evict-oldest', { user });

      expect(answer).toMatchObject({
        result: 'created',
        ended: [{ id: idlest.id, user, state: 'evicted', reason: 'session-limit' }],
      });
      expect(await bench.stored(idlest)).toMatchObject({
        state: 'evicted',
        reason: 'session-limit',
      });
      expect(await bench.listed(user)).toHaveLength(2);
      expect(await bench.listed(user)).toContain(oldest.id);
    });

    it('decides by id between sessions last seen at one instant', async () => {
      const user = aUser();
      const sessions = await inParallel(5, () => bench.login({ user }));
      const byId = sortedIdsOf(sessions);

      const answer = await createWithin(bench, 3, 'evict-oldest', { user });

      expect(answer).toMatchObject({ ended: byId.slice(0, 3).map((id) => ({ id })) });
      expect(await bench.listed(user)).toEqual(expect.arrayContaining(byId.slice(3)));
    });

    it('evicts as many as it takes when the limit has been lowered', async () => {
      const user = aUser();
      await inParallel(6, () => bench.login({ user }));

      const answer = await createWithin(bench, 1, 'evict-oldest', { user });

      expect(answer).toMatchObject({
        result: 'created',
        ended: Array(6).fill({ state: 'evicted' }),
      });
      expect(await bench.listed(user)).toHaveLength(1);
    });

    it('records each eviction as the policy’s doing, in the course of the same request', async () => {
      const user = aUser({ tenantId: 'acme' });
      const evicted = await bench.login({ user });
      await bench.drain(user);
      const operation = bench.operation({
        context: aContext({ initiator: 'user', requestId: 'request-2' }),
      });
      const session = bench.session({ user });

      await bench.store.create({ session, limit: { max: 1, onLimit: 'evict-oldest' } }, operation);

      const events = await bench.events(user);
      expect(events).toHaveLength(2);
      expect(events).toContainEqual({
        ...operation.context,
        initiator: 'policy',
        eventId: `${operation.eventId}.${evicted.id}`,
        type: 'session.evicted',
        reason: 'session-limit',
        occurredAt: operation.now,
        outcome: 'success',
        tenantId: 'acme',
        userId: user.userId,
        sessionId: evicted.id,
      });
      expect(events).toContainEqual(
        expect.objectContaining({
          type: 'session.created',
          eventId: operation.eventId,
          initiator: 'user',
          sessionId: session.id,
        }),
      );
    });

    it('refuses a session over the limit, and leaves no event of the refusal', async () => {
      const user = aUser({ tenantId: 'acme' });
      const held = await bench.login({ user });
      await bench.drain(user);
      const session = bench.session({ user });

      const answer = await bench.store.create(
        { session, limit: { max: 1, onLimit: 'reject' } },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'limit-reached', ended: [] });
      expect(await bench.listed(user)).toEqual([held.id]);
      expect(await bench.stored(session)).toBeUndefined();
      expect(await bench.events(user)).toEqual([]);
    });

    it.each(['evict-oldest', 'reject'] as const)(
      'ends what is dead before it counts, each with its event (%s)',
      async (onLimit) => {
        const user = aUser();
        const { epochDead, expired } = await plantDead(bench, user);

        const answer = await createWithin(bench, 1, onLimit, { user });

        if (answer.result !== 'created') throw new Error(answer.result);
        expect(answer.ended).toHaveLength(2);
        expect(answer.ended).toEqual(
          expect.arrayContaining([
            { id: epochDead.id, user, state: 'revoked', reason: 'all-revoked' },
            { id: expired.id, user, state: 'expired', reason: 'idle' },
          ]),
        );
        expect(await bench.listed(user)).toEqual([answer.session.id]);
        const events = await bench.events(user);
        expect(events).toHaveLength(3);
        expect(events).toEqual(
          expect.arrayContaining([
            expect.objectContaining({
              type: 'session.revoked',
              reason: 'all-revoked',
              initiator: 'system',
              sessionId: epochDead.id,
            }),
            expect.objectContaining({
              type: 'session.expired',
              reason: 'idle',
              initiator: 'system',
              sessionId: expired.id,
            }),
            expect.objectContaining({ type: 'session.created', sessionId: answer.session.id }),
          ]),
        );
      },
    );

    it('tells of the dead that it ended, and records them, even where it refuses', async () => {
      const user = aUser();
      const { epochDead, expired } = await plantDead(bench, user);
      await bench.login({ user });
      await bench.drain(user);

      const answer = await createWithin(bench, 1, 'reject', { user });

      if (answer.result !== 'limit-reached') throw new Error(answer.result);
      expect(sortedIdsOf(answer.ended)).toEqual([epochDead.id, expired.id].sort());
      const events = await bench.events(user);
      expect(events).toHaveLength(2);
      expect(events).toContainEqual(expect.objectContaining({ sessionId: epochDead.id }));
      expect(events).toContainEqual(expect.objectContaining({ sessionId: expired.id }));
    });

    it('counts a session in its last millisecond, and no longer after it', async () => {
      const user = aUser();
      await bench.login({ user, idleTimeoutMs: 1_000 });
      bench.clock.advance(999);

      const before = await createWithin(bench, 1, 'reject', { user });
      bench.clock.advance(1);
      const after = await createWithin(bench, 1, 'reject', { user });

      expect([before.result, after.result]).toEqual(['limit-reached', 'created']);
    });

    it.each(['evict-oldest', 'reject'] as const)(
      'holds against 1,000 simultaneous logins among dead entries (%s)',
      async (onLimit) => {
        const limit = 5;
        const user = aUser();
        const { epochDead, expired } = await plantDead(bench, user);
        const earlier = await bench.login({ user });

        const answers = await inParallel(1_000, () =>
          createWithin(bench, limit, onLimit, { user }),
        );

        const opened = answers.flatMap((answer) =>
          answer.result === 'created' ? [answer.session.id] : [],
        );
        const ended = answers.flatMap((answer) => ('ended' in answer ? idsOf(answer.ended) : []));
        const live = await bench.listed(user);
        expect(live).toHaveLength(limit);
        expect(new Set(ended).size).toBe(ended.length);
        expect(ended).toEqual(expect.arrayContaining([epochDead.id, expired.id]));
        const survivors = [earlier.id, ...opened].filter((id) => !ended.includes(id));
        expect([...live].sort()).toEqual(survivors.sort());
        expect(opened).toHaveLength(onLimit === 'reject' ? limit - 1 : 1_000);
        const found = await bench.store.findMany([earlier.id, ...opened]);
        const active = [...found.values()].filter(({ session }) => session.state === 'active');
        expect(active).toHaveLength(limit);
      },
    );

    it('applies to each user alone', async () => {
      const [user, neighbour] = bench.usersOfOneShard(2);
      const held = await bench.login({ user: neighbour! });

      const answer = await createWithin(bench, 1, 'reject', { user: user! });

      expect(answer.result).toBe('created');
      expect(await bench.listed(neighbour!)).toEqual([held.id]);
    });

    it('does not apply to anonymous sessions', async () => {
      const answers = await inParallel(3, () =>
        bench.store.create(
          { session: anAnonymousSession(bench), limit: { max: 1, onLimit: 'reject' } },
          bench.operation(),
        ),
      );

      expect(answers).toMatchObject(Array(3).fill({ result: 'created', ended: [] }));
    });

    it('evicts nobody for a session that exists already', async () => {
      const user = aUser();
      const session = await bench.login({ user });
      const other = await bench.login({ user });

      const answer = await bench.store.create(
        { session, limit: { max: 1, onLimit: 'evict-oldest' } },
        bench.operation(),
      );

      expect(answer).toMatchObject({ result: 'created', ended: [] });
      expect([...(await bench.listed(user))].sort()).toEqual([session.id, other.id].sort());
    });
  });

  describe('create without a limit', () => {
    const bench = useStore(open);

    it('opens any number of sessions', async () => {
      const user = aUser();

      const sessions = await inParallel(50, () => bench.login({ user }));

      expect([...(await bench.listed(user))].sort()).toEqual(sortedIdsOf(sessions));
    });

    it('leaves the dead for others to end', async () => {
      const user = aUser();
      const expired = await bench.login({ user, idleTimeoutMs: 1_000 });
      bench.clock.advance(1_000);

      const answer = await bench.store.create(
        { session: bench.session({ user }) },
        bench.operation(),
      );

      expect(answer).toMatchObject({ result: 'created', ended: [] });
      expect(await bench.stored(expired)).toMatchObject({ state: 'active' });
    });
  });
}
