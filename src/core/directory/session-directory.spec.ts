import { SessionConflictError, SessionInputInvalidError, SessionNotFoundError } from '../errors.js';
import { newSessionId, shardOfSession } from '../ids.js';
import type { SessionStore } from '../session-store.js';
import { shardOfUser } from '../user.js';
import type { ActiveSession } from '../verdict.js';
import {
  aLogin,
  issued,
  createAnonymous,
  openCore,
  REQUEST,
  type CoreUnderTest,
} from '../../../test/support/core-under-test.js';

const ALICE = { tenantId: '', userId: 'alice' };
const BOB = { tenantId: '', userId: 'bob' };
const BY_ADMIN = {
  reason: 'stolen-device',
  initiator: 'admin',
  actorId: 'olivia',
  request: REQUEST,
} as const;

const login = (core: CoreUnderTest, userId = 'alice', tenantId = ''): Promise<ActiveSession> =>
  issued(core.lifecycle.login(aLogin({ userId, tenantId })));

const statesOf = (core: CoreUnderTest, held: readonly ActiveSession[]): Promise<string[]> =>
  Promise.all(held.map(async (one) => (await core.resolve(one)).state));

describe('getting a session', () => {
  it('finds a live one', async () => {
    const core = await openCore();
    const { session } = await login(core);

    expect(await core.directory.get(session.id)).toEqual(session);
  });

  it('finds none that ended, by any way', async () => {
    const core = await openCore({ idleTimeout: '10m' });
    const [ended, idle] = [await login(core), await login(core)];
    await core.lifecycle.end(ended.session, 'logout', REQUEST);

    expect(await core.directory.get(ended.session.id)).toBeUndefined();
    core.clock.advance('10m');
    expect(await core.directory.get(idle.session.id)).toBeUndefined();
  });

  it('finds none that was never opened, nor in a shard that does not exist', async () => {
    const core = await openCore();

    expect(await core.directory.get(newSessionId(0))).toBeUndefined();
    expect(await core.directory.get(newSessionId(core.store.shards))).toBeUndefined();
  });
});

describe('listing the sessions of a user', () => {
  it('gives the live ones, oldest first, page by page', async () => {
    const core = await openCore();
    const opened: ActiveSession[] = [];
    for (let index = 0; index < 3; index += 1) {
      opened.push(await login(core));
      core.clock.advance(1);
    }
    await login(core, 'bob');

    const first = await core.directory.list(ALICE, { limit: 2 });
    const second = await core.directory.list(ALICE, { limit: 2, cursor: first.nextCursor! });

    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      opened.map(({ session }) => session.id),
    );
    expect(second.nextCursor).toBeUndefined();
  });

  it('refuses a cursor that is malformed', async () => {
    const core = await openCore();

    const attempt = core.directory.list(ALICE, { limit: 2, cursor: 'x' });

    await expect(attempt).rejects.toMatchObject({ parameter: 'cursor' });
  });
});

describe('updating session data', () => {
  it('writes what the function returns, and only that', async () => {
    const core = await openCore();
    const { session } = await issued(
      core.lifecycle.login(
        aLogin({ userId: 'alice' }, { data: { count: '1', gone: '1', kept: '{"a":[]}' } }),
      ),
    );

    await core.directory.update(session.id, ({ count, kept }) => ({
      count: (count as number) + 1,
      kept,
    }));

    expect((await core.directory.get(session.id))?.data).toEqual({ count: '2', kept: '{"a":[]}' });
  });

  it('of many at once loses none', async () => {
    const core = await openCore();
    const { session } = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { data: { count: '0' } })),
    );
    const countUp = () =>
      core.directory.update(session.id, ({ count }) => ({ count: (count as number) + 1 }));

    await Promise.all(Array.from({ length: 8 }, countUp));

    expect((await core.directory.get(session.id))?.data).toEqual({ count: '8' });
  });

  it('over maxDataBytes writes nothing', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });
    const { session } = await login(core);

    const attempt = core.directory.update(session.id, () => ({ a: 'x'.repeat(1_024) }));

    await expect(attempt).rejects.toMatchObject({ code: 'SESSION_DATA_TOO_LARGE' });
    expect((await core.directory.get(session.id))?.data).toEqual(session.data);
  });

  it('gives up when another writer was first eight times', async () => {
    const core = await openCore();
    const { session } = await login(core);
    let calls = 0;
    const interfere = async (): Promise<object> => {
      calls += 1;
      await core.lifecycle.save(session, { set: { other: `${calls}` }, remove: [] });
      return { mine: 1 };
    };

    const attempt = core.directory.update(session.id, interfere);

    await expect(attempt).rejects.toThrow(SessionConflictError);
    expect(calls).toBe(8);
    expect((await core.directory.get(session.id))?.data).toEqual({ other: '8' });
  });

  it('finds an ended session not there, also one that ends meanwhile', async () => {
    const core = await openCore();
    const { session } = await login(core);
    const endIt = async (): Promise<object> => {
      await core.lifecycle.end(session, 'logout', REQUEST);
      return { mine: 1 };
    };

    await expect(core.directory.update(session.id, endIt)).rejects.toThrow(SessionNotFoundError);
    await expect(core.directory.update(session.id, () => ({}))).rejects.toThrow(
      SessionNotFoundError,
    );
  });

  it('changes nothing when the function throws', async () => {
    const core = await openCore();
    const { session } = await login(core);

    const attempt = core.directory.update(session.id, () => {
      throw new Error('no');
    });

    await expect(attempt).rejects.toThrow('no');
    expect(await core.directory.get(session.id)).toEqual(session);
  });
});

describe('revoking a session', () => {
  it('ends it, tells its holder why and leaves one event', async () => {
    const core = await openCore();
    const opened = await login(core);

    expect(await core.directory.revoke(opened.session.id, BY_ADMIN)).toBe(true);

    expect(await core.resolve(opened)).toMatchObject({ state: 'revoked', reason: 'stolen-device' });
    expect((await core.events()).slice(1)).toEqual([
      expect.objectContaining({
        type: 'session.revoked',
        reason: 'stolen-device',
        initiator: 'admin',
        actorId: 'olivia',
        userId: 'alice',
        ...REQUEST,
      }),
    ]);
  });

  it('is false the second time and for what does not exist', async () => {
    const core = await openCore();
    const { session } = await login(core);
    await core.directory.revoke(session.id, BY_ADMIN);

    expect(await core.directory.revoke(session.id, BY_ADMIN)).toBe(false);
    expect(await core.directory.revoke(newSessionId(0), BY_ADMIN)).toBe(false);
    expect(await core.directory.revoke(newSessionId(core.store.shards), BY_ADMIN)).toBe(false);
  });

  it.each([
    ['its user', { tenantId: 'acme', userId: 'alice' }, true],
    ['its tenant', { tenantId: 'acme' }, true],
    ['its user id', { userId: 'alice' }, true],
    ['another user of the tenant', { tenantId: 'acme', userId: 'bob' }, false],
    ['another tenant', { tenantId: 'umbrella' }, false],
    ['no tenant', { tenantId: '' }, false],
    ['the same user id of another tenant', { tenantId: 'umbrella', userId: 'alice' }, false],
  ])('only for %s', async (_, only, ended) => {
    const core = await openCore();
    const opened = await login(core, 'alice', 'acme');

    expect(await core.directory.revoke(opened.session.id, BY_ADMIN, only)).toBe(ended);

    expect(await core.resolve(opened)).toMatchObject({ state: ended ? 'revoked' : 'active' });
  });

  it.each([{ userId: 'alice' }, { tenantId: '' }])(
    'only for %j spares an anonymous session',
    async (only) => {
      const core = await openCore();
      const opened = await createAnonymous(core);

      expect(await core.directory.revoke(opened.session.id, BY_ADMIN, only)).toBe(false);

      expect(await core.resolve(opened)).toMatchObject({ state: 'active' });
    },
  );

  it.each([
    '',
    'Logout',
    'log out',
    'logout-',
    '-logout',
    'log--out',
    '1st',
    'a\n',
    'é',
    'a'.repeat(65),
  ])('refuses the reason %j', async (reason) => {
    const core = await openCore();
    const opened = await login(core);

    const attempt = core.directory.revoke(opened.session.id, { reason });

    await expect(attempt).rejects.toThrow(SessionInputInvalidError);
    expect(await core.resolve(opened)).toMatchObject({ state: 'active' });
  });

  it.each(['logout', 'credential-change', 'policy-7', 'a'.repeat(64)])(
    'takes the reason %j, by the system unless it says otherwise',
    async (reason) => {
      const core = await openCore();
      const { session } = await login(core);

      await core.directory.revoke(session.id, { reason });

      expect((await core.events()).at(-1)).toMatchObject({ reason, initiator: 'system' });
    },
  );
});

describe('revoking all sessions of a user', () => {
  it('ends them and nobody else\u2019s, each with its event', async () => {
    const core = await openCore();
    const mine = [await login(core), await login(core)];
    const others = [await login(core, 'bob'), await login(core, 'alice', 'acme')];

    const ended = await core.directory.revokeAll(ALICE, BY_ADMIN);

    expect(new Set(ended)).toEqual(new Set(mine.map(({ session }) => session.id)));
    expect(await statesOf(core, mine)).toEqual(['revoked', 'revoked']);
    expect(await statesOf(core, others)).toEqual(['active', 'active']);
    const events = (await core.events()).filter(({ type }) => type === 'session.revoked');
    expect(new Set(events.map(({ sessionId }) => sessionId))).toEqual(new Set(ended));
  });

  it('keeps the one excepted and those created at the instant or later', async () => {
    const core = await openCore();
    const [kept, old] = [await login(core), await login(core)];
    core.clock.advance(1);
    const young = await login(core);

    const ended = await core.directory.revokeAll(ALICE, {
      ...BY_ADMIN,
      except: kept.session.id,
      before: core.clock.now(),
    });

    expect(ended).toEqual([old.session.id]);
    expect(await statesOf(core, [kept, young])).toEqual(['active', 'active']);
  });

  it('ends none of a user without sessions', async () => {
    const core = await openCore();

    expect(await core.directory.revokeAll(BOB, BY_ADMIN)).toEqual([]);
  });
});

describe('a user that cannot be one', () => {
  it.each([
    ['without an id', { tenantId: '', userId: undefined }],
    ['of an empty id', { tenantId: '', userId: '' }],
    ['whose id is a number', { tenantId: '', userId: 42 }],
    ['whose id breaks the line', { tenantId: '', userId: 'a\nb' }],
    ['whose tenant is no text', { tenantId: 1, userId: 'alice' }],
  ])('%s is refused wherever one is named', async (_, named) => {
    const core = await openCore();
    const user = named as unknown as typeof ALICE;
    const refusal = { code: 'SESSION_IDENTITY_INVALID' };

    await expect(core.directory.list(user, { limit: 2 })).rejects.toMatchObject(refusal);
    await expect(core.directory.revokeAll(user, BY_ADMIN)).rejects.toMatchObject(refusal);
    await expect(core.directory.block(user, 0, BY_ADMIN)).rejects.toMatchObject(refusal);
    await expect(core.directory.blockedUntil(user)).rejects.toMatchObject(refusal);
    expect(await core.events()).toEqual([]);
  });

  it('has no tenant where none is named', async () => {
    const core = await openCore();
    await login(core);
    const user = { userId: 'alice' } as typeof ALICE;

    expect(await core.directory.revokeAll(user, BY_ADMIN)).toHaveLength(1);
  });
});

describe('blocking a user', () => {
  it.each([NaN, Infinity, 1.5])('until %d is refused, and lifts nothing', async (until) => {
    const core = await openCore();
    await core.directory.block(ALICE, core.clock.now() + 1_000, BY_ADMIN);

    const attempt = core.directory.block(ALICE, until, BY_ADMIN);

    await expect(attempt).rejects.toMatchObject({ parameter: 'until' });
    await expect(login(core)).rejects.toMatchObject({ code: 'SESSION_USER_BLOCKED' });
  });

  it('refuses logins until the instant and leaves live sessions', async () => {
    const core = await openCore();
    const opened = await login(core);

    await core.directory.block(ALICE, core.clock.now() + 1_000, BY_ADMIN);

    expect(await core.resolve(opened)).toMatchObject({ state: 'active' });
    core.clock.advance(999);
    await expect(login(core)).rejects.toMatchObject({ code: 'SESSION_USER_BLOCKED' });
    await expect(login(core, 'bob')).resolves.toBeDefined();
    core.clock.advance(1);
    await expect(login(core)).resolves.toBeDefined();
  });

  it('is lifted by an instant that has passed', async () => {
    const core = await openCore();
    await core.directory.block(ALICE, core.clock.now() + 1_000, BY_ADMIN);

    await core.directory.block(ALICE, core.clock.now(), BY_ADMIN);

    await expect(login(core)).resolves.toBeDefined();
  });

  it('leaves an event with its reason and end, and a notice', async () => {
    const core = await openCore();
    const until = core.clock.now() + 1_000;

    await core.directory.block(ALICE, until, BY_ADMIN);

    expect(await core.events()).toEqual([
      expect.objectContaining({
        type: 'user.blocked',
        userId: 'alice',
        initiator: 'admin',
        actorId: 'olivia',
        details: { reason: 'stolen-device', until },
      }),
    ]);
    expect(core.notices).toEqual([
      { type: 'user.blocked', at: core.clock.now(), user: ALICE, reason: 'stolen-device' },
    ]);
    expect(core.grown).toEqual([shardOfUser(ALICE, core.store.shards)]);
  });
});

describe('revoking everything', () => {
  /** Rejects for one shard, so often. */
  const failing =
    (failingShard: number, times: number) =>
    (store: SessionStore): SessionStore => {
      const revokeEverything = store.revokeEverything.bind(store);
      let left = times;
      return Object.assign(store, {
        revokeEverything: async (...args: Parameters<typeof revokeEverything>): Promise<void> => {
          if (args[0] === failingShard && left-- > 0) throw new Error('away');
          return revokeEverything(...args);
        },
      });
    };

  const openEverywhere = (core: CoreUnderTest): Promise<ActiveSession[]> =>
    Promise.all(Array.from({ length: 20 }, (_, index) => login(core, `user-${index}`)));

  it('ends every session of everybody, anonymous ones too, with an event for each shard', async () => {
    const core = await openCore();
    const opened = [...(await openEverywhere(core)), await createAnonymous(core)];

    const progress = await core.directory.revokeEverything(BY_ADMIN);

    expect(progress).toEqual({ shards: 4, done: 4 });
    expect(new Set(await statesOf(core, opened))).toEqual(new Set(['revoked']));
    const events = (await core.events()).filter(({ type }) => type === 'sessions.all_revoked');
    expect(events).toHaveLength(4);
    expect(events[0]).toMatchObject({
      initiator: 'admin',
      actorId: 'olivia',
      details: { reason: 'stolen-device' },
    });
    expect(core.notices.filter(({ type }) => type === 'sessions.all_revoked')).toHaveLength(4);
  });

  it('spares sessions that are opened after it', async () => {
    const core = await openCore();
    await core.directory.revokeEverything(BY_ADMIN);

    expect(await core.resolve(await login(core))).toMatchObject({ state: 'active' });
  });

  it('tries a shard again that failed twice', async () => {
    const core = await openCore({}, { wrap: failing(2, 2) });
    const opened = await openEverywhere(core);

    expect(await core.directory.revokeEverything(BY_ADMIN)).toEqual({ shards: 4, done: 4 });
    expect(new Set(await statesOf(core, opened))).toEqual(new Set(['revoked']));
  });

  it('says how many shards have answered when one fails for good, and can be asked again', async () => {
    const core = await openCore({}, { wrap: failing(2, 3) });
    const opened = await openEverywhere(core);
    const inShard = opened.filter(({ session }) => shardOfSession(session.id) === 2);

    expect(await core.directory.revokeEverything(BY_ADMIN)).toEqual({ shards: 4, done: 3 });
    expect(new Set(await statesOf(core, inShard))).toEqual(new Set(['active']));

    expect(await core.directory.revokeEverything(BY_ADMIN)).toEqual({ shards: 4, done: 4 });
    expect(new Set(await statesOf(core, inShard))).toEqual(new Set(['revoked']));
  });
});
