import { STORE_UNAVAILABLE, type ConnectionEnding, type LiveConnection } from './live-binding.js';
import { createSessionCore, type SessionCore } from '../session-core.js';
import type { SessionEnding } from './session-endings.js';
import { shardOfSession, type SessionId } from '../ids.js';
import type { SessionRecord } from '../session-record.js';
import type { SessionStore } from '../session-store.js';
import type { ActiveSession } from '../verdict.js';
import {
  aLogin,
  createAnonymous,
  issued,
  openCore,
  REQUEST,
  type CoreUnderTest,
} from '../../../test/support/core-under-test.js';
import { withInstead } from '../../../test/support/stores.js';

const OPTIONS = { idleTimeout: '30m', absoluteTimeout: '12h', touchInterval: '1m' } as const;
const ALICE = { tenantId: '', userId: 'alice' };

/** A client that goes when it is asked to, unless it is told to ignore that. */
class Client implements LiveConnection {
  readonly endings: ConnectionEnding[] = [];
  terminated = 0;

  close(ending: ConnectionEnding): void {
    this.endings.push(ending);
  }

  terminate(): void {
    this.terminated += 1;
  }
}

const login = (core: SessionCore, userId = 'alice'): Promise<ActiveSession> =>
  issued(core.lifecycle.login(aLogin({ userId })));

/** Another process on the same store; with `cut`, no message reaches it. */
function join(core: CoreUnderTest, link: 'whole' | 'cut' = 'whole'): SessionCore {
  const deaf: Partial<SessionStore> = {
    watch: async () => ({ link: 'disconnected', close: async () => undefined }),
  };
  return createSessionCore({
    store: link === 'whole' ? core.store : withInstead(core.store, deaf),
    options: core.options,
    clock: core.clock,
    listener: { notice: () => undefined, outboxGrew: () => undefined },
    reportError: (error) => core.errors.push(error),
  });
}

type End = (core: CoreUnderTest, held: ActiveSession) => Promise<unknown>;

/** Each way in which a session ends, and what its connections are told. */
const WAYS: readonly {
  readonly name: string;
  readonly told: Pick<SessionEnding, 'state' | 'reason'>;
  readonly end: End;
}[] = [
  {
    name: 'a logout',
    told: { state: 'revoked', reason: 'logout' },
    end: ({ lifecycle }, { session }) => lifecycle.end(session, 'logout', REQUEST),
  },
  {
    name: 'a revocation',
    told: { state: 'revoked', reason: 'ended-by-operator' },
    end: ({ directory }, { session }) =>
      directory.revoke(session.id, { reason: 'ended-by-operator' }),
  },
  {
    name: 'a revocation of all of the user’s',
    told: { state: 'revoked', reason: 'credential-change' },
    end: ({ directory }) => directory.revokeAll(ALICE, { reason: 'credential-change' }),
  },
  {
    name: 'an eviction',
    told: { state: 'evicted', reason: 'session-limit' },
    end: async (core) => {
      core.clock.advance(1);
      await login(core);
      await login(core);
    },
  },
  {
    name: 'a token that came back',
    told: { state: 'revoked', reason: 'token-reused' },
    end: async (core, held) => {
      const renewed = await issued(core.rotation.rotate(await core.hold(held), REQUEST));
      await core.hold(renewed);
      core.clock.advance('2m');
      await core.resolve(held);
    },
  },
  {
    name: 'a sweep past the idle timeout',
    told: { state: 'expired', reason: 'idle' },
    end: async ({ clock, sweeper }) => {
      clock.advance('30m');
      await sweeper.sweep();
    },
  },
  {
    name: 'a sweep past the absolute timeout',
    told: { state: 'expired', reason: 'absolute' },
    end: async (core, held) => {
      for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
        await core.lifecycle.touch((await core.hold(held)).session);
        core.clock.advance('20m');
      }
      await core.sweeper.sweep();
    },
  },
  {
    name: 'the end of everybody’s',
    told: { state: 'revoked', reason: 'all-revoked' },
    end: ({ directory }) => directory.revokeEverything({ reason: 'breach' }),
  },
];

const open = (): Promise<CoreUnderTest> => openCore({ ...OPTIONS, maxSessionsPerUser: 2 });

describe('a live connection', () => {
  it.each(WAYS)('is closed on the node that ended its session: $name', async ({ told, end }) => {
    const core = await open();
    const held = await login(core);
    const client = new Client();
    await core.live.bind(held.session, client);

    await end(core, held);
    await core.live.check();

    expect(client.endings).toMatchObject([{ ...told, sessionId: held.session.id, user: ALICE }]);
  });

  it.each(WAYS)('is closed on another node by a message: $name', async ({ told, end }) => {
    const core = await open();
    const held = await login(core);
    const other = join(core);
    const client = new Client();
    await other.live.bind(held.session, client);

    await end(core, held);
    await new Promise(setImmediate);

    expect(client.endings).toMatchObject([{ ...told }]);
  });

  it.each(WAYS)(
    'is closed by the check where the message is lost: $name',
    async ({ told, end }) => {
      const core = await open();
      const held = await login(core);
      const other = join(core, 'cut');
      const client = new Client();
      await other.live.bind(held.session, client);

      await end(core, held);
      expect(client.endings).toEqual([]);
      await other.live.check();

      expect(client.endings).toMatchObject([{ ...told }]);
    },
  );

  it('is closed when its time has passed, before any sweep', async () => {
    const core = await open();
    const { session } = await login(core);
    const client = new Client();
    await core.live.bind(session, client);

    core.clock.advance('30m');
    await core.live.check();

    expect(client.endings).toMatchObject([{ state: 'expired', reason: 'idle' }]);
  });

  it('is closed with every other of its session, and nobody else’s', async () => {
    const core = await open();
    const [left, right] = [await login(core), await login(core, 'bob')];
    const clients = [new Client(), new Client(), new Client()] as const;
    await core.live.bind(left.session, clients[0]);
    await core.live.bind(left.session, clients[1]);
    await core.live.bind(right.session, clients[2]);

    await core.directory.revoke(left.session.id, { reason: 'ended-by-operator' });

    expect(clients.map(({ endings }) => endings.length)).toEqual([1, 1, 0]);
  });

  it('of a visitor is closed too', async () => {
    const core = await open();
    const { session } = await createAnonymous(core);
    const client = new Client();
    await core.live.bind(session, client);

    await core.lifecycle.end(session, 'regenerated', REQUEST);

    expect(client.endings).toMatchObject([{ state: 'revoked', reason: 'regenerated' }]);
  });

  it('stays when the token is rotated', async () => {
    const core = await open();
    const held = await login(core);
    const client = new Client();
    await core.live.bind(held.session, client);

    await core.rotation.rotate(await core.hold(held), REQUEST);
    await core.live.check();

    expect(client.endings).toEqual([]);
  });

  it('whose session ended during the handshake is closed before it is bound', async () => {
    const core = await open();
    const { session } = await login(core);
    const other = join(core, 'cut');
    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });
    const client = new Client();

    const binding = await other.live.bind(session, client);

    expect(binding.open).toBe(false);
    expect(client.endings).toMatchObject([{ reason: 'ended-by-operator' }]);
  });

  it('of a session that the store has forgotten altogether is closed', async () => {
    const core = await open();
    const { session } = await login(core);
    const client = new Client();
    await core.live.bind(session, client);
    core.clock.advance('30m');
    await core.sweeper.sweep();
    core.clock.advance('25h');
    const late = new Client();

    await core.live.bind(session, late);

    expect(late.endings).toMatchObject([{ state: 'revoked', reason: 'not-found' }]);
  });

  it('that ignores being closed is cut after the grace, once', async () => {
    const core = await open();
    const { session } = await login(core);
    const client = new Client();
    const binding = await core.live.bind(session, client);
    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });

    core.clock.advance(core.options.liveCloseGraceMs - 1);
    await core.live.check();
    expect(client.terminated).toBe(0);
    core.clock.advance(1);
    await core.live.check();
    await core.live.check();

    expect(client.terminated).toBe(1);
    expect(binding.open).toBe(false);
    expect(core.live.count()).toBe(0);
  });

  it('that goes when it is asked to is not cut', async () => {
    const core = await open();
    const { session } = await login(core);
    const client = new Client();
    const binding = await core.live.bind(session, client);
    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });

    binding.unbind();
    core.clock.advance(core.options.liveCloseGraceMs);
    await core.live.check();

    expect([client.endings.length, client.terminated]).toEqual([1, 0]);
  });

  it('whose closing fails keeps no other from being closed', async () => {
    const core = await open();
    const { session } = await login(core);
    const failure = new Error('socket is in a strange state');
    const broken: LiveConnection = {
      close: () => {
        throw failure;
      },
      terminate: () => undefined,
    };
    const client = new Client();
    await core.live.bind(session, broken);
    await core.live.bind(session, client);

    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });

    expect(client.endings).toHaveLength(1);
    expect(core.errors).toEqual([failure]);
  });
});

/** What the check asks of the store; `meanwhile` runs once, between an answer and its being heard. */
async function openCounted() {
  const read: SessionId[] = [];
  let meanwhile: { readonly after: keyof SessionStore; readonly work: () => unknown } | undefined;
  let forged: string | undefined;
  const pass = async (name: keyof SessionStore): Promise<void> => {
    const due = meanwhile?.after === name ? meanwhile : undefined;
    if (due) meanwhile = undefined;
    await due?.work();
  };
  const core = await openCore(
    { ...OPTIONS },
    {
      shards: 64,
      wrap: (store) =>
        withInstead(store, {
          findMany: async (ids) => {
            read.push(...ids);
            const found = await store.findMany(ids);
            await pass('findMany');
            return found;
          },
          lastEndings: async (shards) => {
            const names = await store.lastEndings(shards);
            await pass('lastEndings');
            return forged === undefined ? names : new Map(shards.map((shard) => [shard, forged!]));
          },
        }),
    },
  );
  const { session } = await login(core);
  const other = join(core, 'cut');
  const client = new Client();
  await other.live.bind(session, client);
  const revoke = ({ id }: { readonly id: SessionId }): Promise<unknown> =>
    core.directory.revoke(id, { reason: 'ended-by-operator' });
  /** Another session of the user, and so of the shard. */
  const endAnother = async (): Promise<void> => void (await revoke((await login(core)).session));
  const check = async (): Promise<readonly SessionId[]> => {
    read.length = 0;
    await other.live.check();
    return [...read];
  };
  return {
    core,
    session,
    client,
    other,
    check,
    endAnother,
    revokeAfter: (after: keyof SessionStore): void => {
      meanwhile = { after, work: () => revoke(session) };
    },
    forge: (name: string | undefined): void => {
      forged = name;
    },
  };
}

describe('the check', () => {
  it('reads no record while nothing has ended in its shard', async () => {
    const { session, check, endAnother } = await openCounted();
    await endAnother();

    const reads = [await check(), await check(), await check()];

    expect(reads).toEqual([[session.id], [], []]);
  });

  it('reads those of a shard where something has ended, and of no other', async () => {
    const { core, other, session, check, endAnother } = await openCounted();
    const elsewhere = await login(core, 'bob');
    await other.live.bind(elsewhere.session, new Client());
    const left = await login(core, 'bob');
    await core.directory.revoke(left.session.id, { reason: 'ended-by-operator' });
    await endAnother();
    await check();

    await endAnother();
    const read = await check();

    expect(shardOfSession(elsewhere.session.id)).not.toBe(shardOfSession(session.id));
    expect(read).toEqual([session.id]);
  });

  it.each(['lastEndings', 'findMany'] as const)(
    'misses no end between its two questions: after %s',
    async (question) => {
      const { client, check, endAnother, revokeAfter } = await openCounted();
      await endAnother();
      await check();
      if (question === 'findMany') await endAnother();
      revokeAfter(question);

      await check();
      expect(client.endings).toEqual([]);
      await check();

      expect(client.endings).toMatchObject([{ reason: 'ended-by-operator' }]);
    },
  );

  it('reads after every change of what ended last, be it back to what it was before', async () => {
    const { session, check, forge } = await openCounted();
    const reads: unknown[] = [];

    for (const name of ['first', 'second', 'first', 'first']) {
      forge(name);
      reads.push(await check());
    }

    expect(reads).toEqual([[session.id], [session.id], [session.id], []]);
  });

  it('reads as long as the store does not know what ended last', async () => {
    const { session, check } = await openCounted();

    expect([await check(), await check()]).toEqual([[session.id], [session.id]]);
  });

  it('reads a session at the deadline it knows, which activity elsewhere may have moved', async () => {
    const { core, session, client, check, endAnother } = await openCounted();
    await endAnother();
    core.clock.advance(29.5 * 60_000);
    await check();
    core.clock.advance('20s');
    await core.lifecycle.touch((await core.directory.get(session.id))!);

    core.clock.advance('10s');
    const read = await check();

    expect(read).toEqual([session.id]);
    expect(client.endings).toEqual([]);
  });

  it('closes at its deadline what nothing else has ended', async () => {
    const { core, client, check, endAnother } = await openCounted();
    await endAnother();
    core.clock.advance(29.5 * 60_000);
    await check();

    core.clock.advance('30s');
    await check();

    expect(client.endings).toMatchObject([{ state: 'expired', reason: 'idle' }]);
  });

  it('reads every record once a minute, whatever has ended', async () => {
    const { core, session, check, endAnother } = await openCounted();
    await endAnother();
    await check();

    core.clock.advance(59_999);
    const early = await check();
    core.clock.advance(1);

    expect([early, await check()]).toEqual([[], [session.id]]);
  });
});

describe('while the store is away', () => {
  async function openWatched(input: Parameters<typeof openCore>[0] = {}) {
    let away = false;
    const core = await openCore(
      { ...OPTIONS, ...input },
      {
        wrap: (store) =>
          withInstead(store, {
            findMany: (ids) => (away ? Promise.reject(new Error('away')) : store.findMany(ids)),
            lastEndings: async (shards) =>
              away ? Promise.reject(new Error('away')) : store.lastEndings(shards),
          }),
      },
    );
    const client = new Client();
    await core.live.bind((await login(core)).session, client);
    const turn = (state: 'away' | 'back'): void => {
      away = state === 'away';
    };
    return { core, live: core.live, client, turn };
  }

  it('connections stay for the grace, and then they are closed', async () => {
    const { core, live, client, turn } = await openWatched();
    turn('away');

    core.clock.advance(core.options.liveOutageGraceMs - 1);
    await live.check();
    expect(client.endings).toEqual([]);
    core.clock.advance(1);
    await live.check();

    expect(client.endings).toMatchObject([{ state: 'unavailable', reason: STORE_UNAVAILABLE }]);
  });

  it('the grace counts from the last time that the store answered', async () => {
    const { core, live, client, turn } = await openWatched();
    await core.directory.revoke((await login(core)).session.id, { reason: 'ended-by-operator' });
    await live.check();
    core.clock.advance('20s');
    await live.check();
    turn('away');

    core.clock.advance('20s');
    await live.check();

    expect(client.endings).toEqual([]);
  });

  it('an outage is reported once, and again after it was over', async () => {
    const { core, live, turn } = await openWatched();
    await core.directory.revoke((await login(core)).session.id, { reason: 'ended-by-operator' });
    await live.check();
    turn('away');
    await live.check();
    await live.check();
    turn('back');
    await live.check();
    turn('away');

    await live.check();

    expect(core.errors).toHaveLength(2);
  });

  it('a session past its last known deadline is closed at once', async () => {
    const { core, live, client, turn } = await openWatched({ liveOutageGrace: '1h' });
    turn('away');

    core.clock.advance('30m');
    await live.check();

    expect(client.endings).toMatchObject([{ state: 'expired', reason: 'idle' }]);
  });

  it('what is told of it is no end of the session', async () => {
    const { core, live, turn } = await openWatched();
    const heard: SessionEnding[] = [];
    core.endings.listen({ ended: (ending) => void heard.push(ending), doubted: () => undefined });
    turn('away');

    core.clock.advance(core.options.liveOutageGraceMs);
    await live.check();

    expect(heard).toEqual([]);
  });
});

describe('activity on a live connection', () => {
  async function bound(input: Parameters<typeof openCore>[0] = {}) {
    const core = await openCore({ ...OPTIONS, ...input });
    const { session } = await login(core);
    const binding = await core.live.bind(session, new Client());
    const seen = async (): Promise<number> => {
      const found = await core.store.find(session.id);
      return (found!.session as SessionRecord).lastSeenAt - session.createdAt;
    };
    return { core, session, binding, seen };
  }

  it('keeps the session alive, one write a touch interval', async () => {
    const { core, binding, seen } = await bound();

    core.clock.advance('59s');
    binding.touch();
    const early = await seen();
    core.clock.advance('1s');
    binding.touch();
    const due = await seen();
    core.clock.advance('59s');
    binding.touch();

    expect([early, due, await seen()]).toEqual([0, 60_000, 60_000]);
  });

  it('is none where messages do not count', async () => {
    const { core, binding, seen } = await bound({ liveActivity: 'none' });

    core.clock.advance('5m');
    binding.touch();

    expect(await seen()).toBe(0);
  });

  it('after the end of the session closes the connection', async () => {
    const core = await open();
    const { session } = await login(core);
    const other = join(core, 'cut');
    const client = new Client();
    const binding = await other.live.bind(session, client);
    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });

    core.clock.advance('1m');
    binding.touch();
    await new Promise(setImmediate);

    expect(client.endings).toMatchObject([{ reason: 'ended-by-operator' }]);
  });
});

describe('refresh', () => {
  it('tells the session as it is now', async () => {
    const core = await open();
    const { session } = await login(core);
    const binding = await core.live.bind(session, new Client());
    await core.directory.update(session.id, (data) => ({ ...data, theme: 'dark' }));

    const { data } = await binding.refresh();

    expect(data).toEqual({ theme: '"dark"' });
    expect(binding.session.data).toEqual({ theme: '"dark"' });
  });

  it('refuses a session that has ended, and closes its connection', async () => {
    const core = await open();
    const { session } = await login(core);
    const other = join(core, 'cut');
    const client = new Client();
    const binding = await other.live.bind(session, client);
    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });

    await expect(binding.refresh()).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
      reason: 'ended-by-operator',
    });

    expect(client.endings).toHaveLength(1);
    await expect(binding.refresh()).rejects.toMatchObject({ code: 'SESSION_REVOKED' });
    expect(client.endings).toHaveLength(1);
  });
});

describe('the count of live connections', () => {
  it('is by session, by user, and of all', async () => {
    const core = await open();
    const [left, right] = [await login(core), await login(core)];
    const bob = await login(core, 'bob');
    for (const { session } of [left, left, right, bob]) await core.live.bind(session, new Client());

    const counts = [
      core.live.count({ sessionId: left.session.id }),
      core.live.count({ user: ALICE }),
      core.live.count({ user: { tenantId: 'acme', userId: 'alice' } }),
      core.live.count(),
    ];

    expect(counts).toEqual([2, 3, 0, 4]);
  });

  it('comes back to nothing, however the connections went', async () => {
    const core = await open();
    const held = await Promise.all([login(core), login(core, 'bob'), login(core, 'carol')]);
    const bindings = await Promise.all(
      held.map(({ session }) => core.live.bind(session, new Client())),
    );
    await core.directory.revoke(held[0].session.id, { reason: 'ended-by-operator' });
    expect(core.live.count()).toBe(3);
    expect(core.live.count({ sessionId: held[0].session.id })).toBe(1);

    for (const binding of bindings) binding.unbind();
    bindings[0]!.unbind();

    expect(core.live.count()).toBe(0);
    expect(core.live['sessions'].size).toBe(0);
    expect(core.live['sessions']['byUser'].size).toBe(0);
  });
});

describe('the timer', () => {
  it('is one for all connections, and none without', async () => {
    const core = await openCore({ ...OPTIONS, liveCheckInterval: '100ms' });
    expect(core.live['timer']).toBeUndefined();
    const { session } = await login(core);
    const bindings = await Promise.all(
      Array.from({ length: 50 }, () => core.live.bind(session, new Client())),
    );
    const timer = core.live['timer'];

    for (const binding of bindings) binding.unbind();
    core.live['look'](10);

    expect(timer).toBeDefined();
    expect(core.live['timer']).toBeUndefined();
  });

  it('finds what no message told of within the interval', async () => {
    const core = await openCore({ ...OPTIONS, liveCheckInterval: '100ms' });
    const { session } = await login(core);
    const other = join(core, 'cut');
    const closed = new Promise<ConnectionEnding>((close) => {
      void other.live.bind(session, { close, terminate: () => undefined });
    });
    await core.directory.revoke(session.id, { reason: 'ended-by-operator' });

    const ending = await closed;
    other.live.close();

    expect(ending).toMatchObject({ reason: 'ended-by-operator' });
  });
});

describe('endings', () => {
  it('are told once on each node, by whatever ways they are heard of', async () => {
    const core = await open();
    const held = await login(core);
    const other = join(core);
    const heard: Record<string, SessionEnding[]> = { own: [], other: [] };
    core.endings.listen({ ended: (one) => void heard['own']!.push(one), doubted: () => undefined });
    other.endings.listen({
      ended: (one) => void heard['other']!.push(one),
      doubted: () => undefined,
    });
    await core.live.bind(held.session, new Client());
    await other.live.bind(held.session, new Client());

    core.clock.advance('30m');
    await Promise.all([core.live.check(), other.live.check()]);
    await core.sweeper.sweep();

    const expected = { sessionId: held.session.id, state: 'expired', reason: 'idle' };
    expect(heard).toMatchObject({ own: [expected], other: [expected] });
  });
});
