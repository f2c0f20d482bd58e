import type { AuditEvent } from '../../core/audit/audit-event.js';
import type { SessionId } from '../../core/ids.js';
import type { Operation } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { anAnonymousSession, aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore, type Bench } from './bench.js';

interface Scenario {
  /** Whose index and shard the operation concerns. */
  readonly user: User;
  /** Sessions whose records it may change. */
  readonly ids: readonly SessionId[];
  attempt(operation: Operation): Promise<unknown>;
}

type Arrange = (bench: Bench) => Promise<Scenario>;

/** Every changing operation, in a situation where it has something to change. */
const SCENARIOS: Readonly<Record<string, Arrange>> = {
  create: async (bench) => {
    const session = bench.session();
    return {
      user: session.user!,
      ids: [session.id],
      attempt: (operation) => bench.store.create({ session }, operation),
    };
  },
  'create of an anonymous session': async (bench) => {
    const session = anAnonymousSession(bench);
    return {
      user: aUser(),
      ids: [session.id],
      attempt: (operation) => bench.store.create({ session }, operation),
    };
  },
  'create that evicts': async (bench) => {
    const evicted = await bench.login();
    const session = bench.session({ user: evicted.user! });
    return {
      user: evicted.user!,
      ids: [evicted.id, session.id],
      attempt: (operation) =>
        bench.store.create({ session, limit: { max: 1, onLimit: 'evict-oldest' } }, operation),
    };
  },
  'create that is refused': async (bench) => {
    const { id, user } = await bench.login();
    const session = bench.session({ user: user! });
    return {
      user: user!,
      ids: [id, session.id],
      attempt: (operation) =>
        bench.store.create({ session, limit: { max: 1, onLimit: 'reject' } }, operation),
    };
  },
  save: async (bench) => {
    const { id, user } = await bench.login({ data: { a: '1', b: '2' } });
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.save({ id, set: { a: '3' }, remove: ['b'] }, operation),
    };
  },
  'save over a version': async (bench) => {
    const { id, user, version } = await bench.login();
    return {
      user: user!,
      ids: [id],
      attempt: (operation) =>
        bench.store.save({ id, set: { a: '1' }, remove: [], ifVersion: version }, operation),
    };
  },
  touch: async (bench) => {
    const { id, user } = await bench.login();
    bench.clock.advance('1m');
    return { user: user!, ids: [id], attempt: (operation) => bench.store.touch(id, operation) };
  },
  'touch that finds the session expired': async (bench) => {
    const { id, user } = await bench.login({ idleTimeoutMs: 1_000 });
    bench.clock.advance(1_000);
    return { user: user!, ids: [id], attempt: (operation) => bench.store.touch(id, operation) };
  },
  rotate: async (bench) => {
    const { id, user, tokenHash: from } = await bench.login();
    const to = aTokenHash(id, 1);
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.rotate({ id, from, to, kind: 'immediate' }, operation),
    };
  },
  'rotate in place of an unconfirmed token': async (bench) => {
    const { id, user, tokenHash: from } = await bench.login();
    await bench.store.rotate(
      { id, from, to: aTokenHash(id, 1), kind: 'periodic' },
      bench.operation(),
    );
    const request = {
      id,
      from,
      to: aTokenHash(id, 1),
      kind: 'periodic',
      replaceUnconfirmed: true,
    } as const;
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.rotate(request, operation),
    };
  },
  'rotate on a new proof of identity': async (bench) => {
    const { id, user, tokenHash: from, absoluteExpiresAt } = await bench.login();
    const reauthenticated = { methods: ['otp'], absoluteExpiresAt: absoluteExpiresAt + 60_000 };
    const request = {
      id,
      from,
      to: aTokenHash(id, 1),
      kind: 'immediate',
      reauthenticated,
    } as const;
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.rotate(request, operation),
    };
  },
  confirm: async (bench) => {
    const { id, user, tokenHash: from } = await bench.login();
    const to = aTokenHash(id, 1);
    await bench.store.rotate({ id, from, to, kind: 'periodic' }, bench.operation());
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.confirm(id, to, operation),
    };
  },
  revoke: async (bench) => {
    const { id, user } = await bench.login({ data: { a: '1' } });
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.revoke({ id, reason: 'logout' }, operation),
    };
  },
  revokeAll: async (bench) => {
    const user = aUser();
    const sessions = await inParallel(3, () => bench.login({ user }));
    return {
      user,
      ids: sessions.map(({ id }) => id),
      attempt: (operation) => bench.store.revokeAll({ user, reason: 'x' }, operation),
    };
  },
  sweep: async (bench) => {
    const user = aUser();
    const sessions = await inParallel(3, () => bench.login({ user, idleTimeoutMs: 1_000 }));
    bench.clock.advance(1_000);
    return {
      user,
      ids: sessions.map(({ id }) => id),
      attempt: (operation) => bench.store.sweep(bench.shardOf(user), 2, operation),
    };
  },
  block: async (bench) => {
    const user = aUser();
    const until = bench.clock.now() + 60_000;
    return { user, ids: [], attempt: (operation) => bench.store.block(user, until, operation) };
  },
  revokeEverything: async (bench) => {
    const { id, user } = await bench.login();
    const shard = bench.shardOf(user!);
    return {
      user: user!,
      ids: [id],
      attempt: (operation) => bench.store.revokeEverything(shard, operation),
    };
  },
  append: async (bench) => {
    const user = aUser();
    const fact = { type: 'login.failed', userId: user.userId } as const;
    return {
      user,
      ids: [],
      attempt: (operation) => bench.store.append(bench.shardOf(user), fact, operation),
    };
  },
};

const NAMES = Object.keys(SCENARIOS);

interface State {
  readonly found: unknown;
  readonly listed: unknown;
  readonly created: unknown;
  /** A change that happened twice may be told twice, under one event id. */
  readonly events: readonly AuditEvent[];
}

/** All that can be seen of what a scenario may change. */
async function stateOf(bench: Bench, { user, ids }: Scenario): Promise<State> {
  const events = new Map((await bench.events(user)).map((event) => [event.eventId, event]));
  return {
    found: [...(await bench.store.findMany(ids))],
    listed: await bench.store.list(user, { limit: 100 }, bench.clock.now()),
    created: await bench.store.listCreated(bench.shardOf(user), undefined, 100),
    events: [...events.values()],
  };
}

export function describeIdempotency(open: OpenStore): void {
  describe('an operation sent twice', () => {
    const bench = useStore(open);

    it.each(NAMES)('has effect once and answers the same: %s', async (name) => {
      const scenario = await SCENARIOS[name]!(bench);
      const operation = bench.operation();
      const first = await scenario.attempt(operation);
      const after = await stateOf(bench, scenario);

      const second = await scenario.attempt(operation);

      expect(second).toEqual(first);
      expect(await stateOf(bench, scenario)).toEqual(after);
    });

    it.each(NAMES)('has effect once when both arrive together: %s', async (name) => {
      const scenario = await SCENARIOS[name]!(bench);
      const operation = bench.operation();

      const [first, second] = await Promise.all([
        scenario.attempt(operation),
        scenario.attempt(operation),
      ]);
      const after = await stateOf(bench, scenario);
      const third = await scenario.attempt(operation);

      expect([second, third]).toEqual([first, first]);
      expect(await stateOf(bench, scenario)).toEqual(after);
    });

    it('does not open a session again that has ended since', async () => {
      const session = bench.session();
      const operation = bench.operation();
      const first = await bench.store.create({ session }, operation);
      await bench.logout(session);

      const second = await bench.store.create({ session }, operation);

      expect(second).toEqual(first);
      expect(await bench.stored(session)).toMatchObject({ state: 'revoked' });
    });

    it('does not write over what was saved since', async () => {
      const { id } = await bench.login();
      const operation = bench.operation();
      const request = { id, set: { a: '1' }, remove: ['b'] };
      const first = await bench.store.save(request, operation);
      await bench.store.save({ id, set: { a: '2', b: '2' }, remove: [] }, bench.operation());

      const second = await bench.store.save(request, operation);

      expect(second).toEqual(first);
      expect((await bench.active({ id })).data).toEqual({ a: '2', b: '2' });
    });

    it('does not bring back a token that was rotated away since', async () => {
      const { id, tokenHash: from } = await bench.login();
      const [second, third] = [aTokenHash(id, 1), aTokenHash(id, 2)];
      const operation = bench.operation();
      const first = await bench.store.rotate(
        { id, from, to: second, kind: 'immediate' },
        operation,
      );
      await bench.store.rotate(
        { id, from: second, to: third, kind: 'immediate' },
        bench.operation(),
      );

      const again = await bench.store.rotate(
        { id, from, to: second, kind: 'immediate' },
        operation,
      );

      expect(again).toEqual(first);
      expect(await bench.active({ id })).toMatchObject({ tokenHash: third, generation: 2 });
    });

    it('does not end sessions that were opened since', async () => {
      const { user } = await bench.login();
      const operation = bench.operation();
      await bench.store.revokeAll({ user: user!, reason: 'x' }, operation);
      const since = await bench.login({ user: user! });

      await bench.store.revokeAll({ user: user!, reason: 'x' }, operation);

      expect(await bench.listed(user!)).toEqual([since.id]);
    });

    it('does not begin another epoch', async () => {
      const { user } = await bench.login();
      const operation = bench.operation();
      await bench.store.revokeEverything(bench.shardOf(user!), operation);
      const since = await bench.login({ user: user! });

      await bench.store.revokeEverything(bench.shardOf(user!), operation);

      expect(await bench.listed(user!)).toEqual([since.id]);
    });

    it('does not block a user again who was let in since', async () => {
      const user = aUser();
      const operation = bench.operation();
      const until = bench.clock.now() + 60_000;
      await bench.store.block(user, until, operation);
      await bench.store.block(user, 0, bench.operation());

      await bench.store.block(user, until, operation);

      const answer = await bench.store.create(
        { session: bench.session({ user }) },
        bench.operation(),
      );
      expect(answer.result).toBe('created');
    });

    it('may bear the same event id in another shard', async () => {
      const [left, right] = [await bench.login(), await bench.login()];
      const shards = new Set([bench.shardOf(left), bench.shardOf(right)]);
      const operation = bench.operation();

      for (const shard of shards) await bench.store.revokeEverything(shard, operation);

      expect(await bench.store.touch(left.id, bench.operation())).toBe('gone');
      expect(await bench.store.touch(right.id, bench.operation())).toBe('gone');
    });
  });

  describe('an operation that arrives too late', () => {
    const bench = useStore(open);

    it.each(NAMES)('does nothing and rejects: %s', async (name) => {
      const scenario = await SCENARIOS[name]!(bench);
      const before = await stateOf(bench, scenario);
      const operation = bench.operation({ deadline: bench.startedAt });

      const attempt = scenario.attempt(operation);

      await expect(attempt).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
      expect(await stateOf(bench, scenario)).toEqual(before);
    });

    it('blocks nobody', async () => {
      const user = aUser();
      const operation = bench.operation({ deadline: bench.startedAt });

      await expect(
        bench.store.block(user, bench.clock.now() + 60_000, operation),
      ).rejects.toThrow();

      const answer = await bench.store.create(
        { session: bench.session({ user }) },
        bench.operation(),
      );
      expect(answer.result).toBe('created');
    });

    it('may be attempted anew under another deadline', async () => {
      const session = await bench.login();
      const late = bench.operation({ deadline: bench.startedAt });
      await expect(bench.store.touch(session.id, late)).rejects.toThrow();

      expect(
        await bench.store.touch(session.id, { ...late, deadline: bench.operation().deadline }),
      ).toBe('touched');
    });
  });
}
