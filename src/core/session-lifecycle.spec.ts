import {
  SessionAuditBacklogError,
  SessionIdentityInvalidError,
  SessionLimitReachedError,
  SessionStoreUnavailableError,
  SessionUserBlockedError,
} from './errors.js';
import { newSessionId, newSessionToken, parseSessionToken, shardOfSession } from './ids.js';
import { encodeData } from './session-data.js';
import { shardOfUser } from './user.js';
import {
  aLogin,
  issued,
  createAnonymous,
  openCore,
  REQUEST,
  type CoreUnderTest,
} from '../../test/support/core-under-test.js';

const ALICE = { tenantId: '', userId: 'alice' };

const login = (core: CoreUnderTest, userId = 'alice') =>
  issued(core.lifecycle.login(aLogin({ userId, methods: ['pwd'] })));

const dataOf = async (core: CoreUnderTest, held: Parameters<CoreUnderTest['hold']>[0]) =>
  (await core.hold(held)).session.data;

describe('an anonymous session', () => {
  it('is known to nobody while its token is a draft', async () => {
    const core = await openCore();

    const token = core.lifecycle.draftToken();

    expect(await core.resolve({ token })).toEqual({ state: 'unknown' });
  });

  it('once stored is held by its token, with its own idle timeout and no audit', async () => {
    const core = await openCore({ anonymousIdleTimeout: '5m', touchInterval: 0 });

    const opened = await createAnonymous(core, { visits: '1' });

    const { session } = await core.hold(opened);
    expect(session).toMatchObject({ idleTimeoutMs: 300_000, methods: [], data: { visits: '1' } });
    expect(session.user).toBeUndefined();
    expect(session.authenticatedAt).toBeUndefined();
    expect(await core.events()).toEqual([]);
  });

  it('is never stored under an id that is taken', async () => {
    const core = await openCore();
    const { session } = await createAnonymous(core, { visits: '1' });
    const token = newSessionToken(session.id, 0);

    const attempt = core.lifecycle.createAnonymous(parseSessionToken(token)!, {}, {});

    await expect(attempt).rejects.toThrow(SessionStoreUnavailableError);
    expect((await core.directory.get(session.id))?.data).toEqual({ visits: '1' });
  });

  it('is drafted in any shard', async () => {
    const core = await openCore({}, { shards: 2 });

    const shards = Array.from({ length: 100 }, () => {
      const { shard } = parseSessionToken(core.lifecycle.draftToken())!;
      return shard;
    });

    expect(new Set(shards)).toEqual(new Set([0, 1]));
  });
});

describe('resolving', () => {
  it('knows no session of a shard that does not exist', async () => {
    const core = await openCore();
    const token = newSessionToken(newSessionId(core.store.shards), 0);

    expect(await core.resolve({ token })).toEqual({ state: 'unknown' });
  });

  it('never rejects: a store that fails is a verdict', async () => {
    const refuse = () => Promise.reject(new Error('away'));
    const core = await openCore({}, { wrap: (store) => Object.assign(store, { find: refuse }) });

    const verdict = await core.resolve({ token: core.lifecycle.draftToken() });

    expect(verdict).toMatchObject({
      state: 'unavailable',
      error: { code: 'SESSION_STORE_UNAVAILABLE' },
    });
  });
});

describe('a login', () => {
  it('opens a session of the user in the shard of the user', async () => {
    const core = await openCore();

    const opened = await login(core);

    const { session } = await core.hold(opened);
    expect(session).toMatchObject({
      user: ALICE,
      authenticatedAt: core.clock.now(),
      idleTimeoutMs: 1_800_000,
      absoluteExpiresAt: core.clock.now() + 43_200_000,
      methods: ['pwd'],
      generation: 0,
    });
    expect(shardOfSession(session.id)).toBe(shardOfUser(ALICE, core.store.shards));
  });

  it('leaves one event and one notice', async () => {
    const core = await openCore();

    const { session } = await login(core);

    expect(await core.events()).toEqual([
      expect.objectContaining({
        type: 'session.created',
        initiator: 'user',
        userId: 'alice',
        sessionId: session.id,
        methods: ['pwd'],
        ...REQUEST,
      }),
    ]);
    expect(core.notices).toEqual([
      { type: 'session.created', at: core.clock.now(), sessionId: session.id, user: ALICE },
    ]);
    expect(core.grown).toEqual([shardOfSession(session.id)]);
  });

  it('leaves a notice, and nothing to deliver, with audit off', async () => {
    const core = await openCore({ audit: false });

    await login(core);

    expect(await core.events()).toEqual([]);
    expect(core.notices).toHaveLength(1);
    expect(core.grown).toEqual([]);
  });

  it('stores clean texts of the device', async () => {
    const core = await openCore();
    const device = { ip: '1\0', userAgent: 'u'.repeat(600), label: 'l\n' };

    const { session } = await issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { device })));

    expect(session.device).toEqual({ ip: '1\uFFFD', userAgent: 'u'.repeat(512), label: 'l\uFFFD' });
  });

  it('refuses an impossible user before anything is asked of the store', async () => {
    const core = await openCore();
    const current = await createAnonymous(core);

    const attempt = issued(core.lifecycle.login(aLogin({ userId: 'a\0b' }, { current })));

    await expect(attempt).rejects.toThrow(SessionIdentityInvalidError);
    expect(await core.resolve(current)).toMatchObject({ state: 'active' });
  });
});

describe('a login from an anonymous session', () => {
  it('gets another id and token, carries the data over and ends the anonymous session', async () => {
    const core = await openCore();
    const current = await createAnonymous(core, { visits: '1' });

    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { current, data: { visits: '1' } })),
    );

    expect(opened.session.id).not.toBe(current.session.id);
    expect(await dataOf(core, opened)).toEqual({ visits: '1' });
    expect(await core.resolve(current)).toMatchObject({ state: 'revoked', reason: 'login' });
  });

  it('carries what this request has not saved yet', async () => {
    const core = await openCore();
    const current = await createAnonymous(core, { visits: '1', gone: '1' });
    const changes = { set: { visits: '2' }, remove: ['gone'] };

    const opened = await issued(
      core.lifecycle.login(
        aLogin({ userId: 'alice' }, { current, data: { visits: '2' }, changes }),
      ),
    );

    expect(await dataOf(core, opened)).toEqual({ visits: '2' });
  });

  it('carries the keys that another request wrote and removed meanwhile', async () => {
    const core = await openCore();
    const current = await createAnonymous(core, { visits: '1', old: '1' });
    await core.lifecycle.save(current.session, { set: { cart: '[1]' }, remove: ['old'] });

    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { current, data: current.session.data })),
    );

    expect(await dataOf(core, opened)).toEqual({ visits: '1', cart: '[1]' });
    expect(opened.session.data).toEqual({ visits: '1', cart: '[1]' });
  });

  it('prefers its own changes to those of others', async () => {
    const core = await openCore();
    const current = await createAnonymous(core, { a: '1', b: '1', c: '1' });
    await core.lifecycle.save(current.session, { set: { a: '"theirs"' }, remove: ['b'] });
    await core.lifecycle.save(current.session, { set: { c: '"theirs"' }, remove: [] });
    const changes = { set: { a: '"mine"', b: '"mine"' }, remove: ['c'] };

    const opened = await issued(
      core.lifecycle.login(
        aLogin({ userId: 'alice' }, { current, data: { a: '"mine"', b: '"mine"' }, changes }),
      ),
    );

    expect(await dataOf(core, opened)).toEqual({ a: '"mine"', b: '"mine"' });
  });

  it.each(['__proto__', 'constructor', '1', ''])('carries the key %j', async (key) => {
    const core = await openCore();
    const current = await createAnonymous(core);
    const set = encodeData(Object.fromEntries([[key, { a: 1 }]]));
    await core.lifecycle.save(current.session, { set, remove: [] });

    const opened = await issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    expect(Object.entries(await dataOf(core, opened))).toEqual([[key, '{"a":1}']]);
  });

  it('starts empty if asked to, whatever others write meanwhile', async () => {
    const core = await openCore();
    const current = await createAnonymous(core, { visits: '1' });
    await core.lifecycle.save(current.session, { set: { cart: '[1]' }, remove: [] });

    const opened = await issued(
      core.lifecycle.login(
        aLogin({ userId: 'alice', carryOver: false }, { current, data: { visits: '2' } }),
      ),
    );

    expect(await dataOf(core, opened)).toEqual({});
    expect(await core.resolve(current)).toMatchObject({ state: 'revoked' });
  });

  it('works if that session has ended meanwhile', async () => {
    const core = await openCore();
    const current = await createAnonymous(core, { visits: '1' });
    await core.lifecycle.end(current.session, 'logout', REQUEST);

    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { current, data: { visits: '1' } })),
    );

    expect(await dataOf(core, opened)).toEqual({ visits: '1' });
  });
});

describe('a login as another user', () => {
  it('ends the first session and carries only what this request wrote', async () => {
    const core = await openCore();
    const current = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { data: { secret: '1' } })),
    );
    await core.lifecycle.save(current.session, { set: { late: '1' }, remove: [] });
    const changes = { set: { greeting: '"hi"' }, remove: [] };

    const opened = await issued(
      core.lifecycle.login(
        aLogin({ userId: 'bob' }, { current, data: { secret: '1', greeting: '"hi"' }, changes }),
      ),
    );

    expect(await dataOf(core, opened)).toEqual({ greeting: '"hi"' });
    expect(await core.resolve(current)).toMatchObject({ state: 'revoked', reason: 'login' });
  });

  it('is one of the same id in another tenant too', async () => {
    const core = await openCore();
    const current = await login(core);

    const opened = await issued(
      core.lifecycle.login(aLogin({ tenantId: 'acme', userId: 'alice' }, { current })),
    );

    expect(opened.session.id).not.toBe(current.session.id);
    expect(await core.resolve(current)).toMatchObject({ state: 'revoked' });
  });
});

describe('a login as the user already signed in', () => {
  it('authenticates the same session anew under another token', async () => {
    const core = await openCore();
    const current = await login(core);
    core.clock.advance('20m');

    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice', methods: ['otp'] }, { current })),
    );

    expect(opened.session.id).toBe(current.session.id);
    expect(opened.token).not.toBe(current.token);
    expect((await core.hold(opened)).session).toMatchObject({
      authenticatedAt: core.clock.now(),
      absoluteExpiresAt: core.clock.now() + 43_200_000,
      lastSeenAt: core.clock.now(),
      methods: ['otp'],
      generation: 1,
    });
    expect(await core.resolve(current)).toMatchObject({ state: 'straggler' });
    expect((await core.events()).map(({ type }) => type)).toEqual([
      'session.created',
      'session.reauthenticated',
    ]);
  });

  it('keeps the data of the session', async () => {
    const core = await openCore();
    const current = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { data: { cart: '[1]' } })),
    );

    const opened = await issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    expect(await dataOf(core, opened)).toEqual({ cart: '[1]' });
  });

  it('opens another session if that one has ended meanwhile', async () => {
    const core = await openCore();
    const current = await login(core);
    await core.lifecycle.end(current.session, 'logout', REQUEST);

    const opened = await issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    expect(opened.session.id).not.toBe(current.session.id);
    expect((await core.resolve(opened)).state).toBe('active');
    expect(await core.resolve(current)).toMatchObject({ state: 'revoked', reason: 'logout' });
  });
});

describe('a login that is refused', () => {
  it('for the limit leaves the anonymous session as it was, with one event and notice', async () => {
    const core = await openCore({ maxSessionsPerUser: 1, onLimit: 'reject' });
    const first = await login(core);
    const current = await createAnonymous(core, { visits: '1' });

    const attempt = issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    await expect(attempt).rejects.toThrow(SessionLimitReachedError);
    await expect(attempt).rejects.toMatchObject({ limit: 1 });
    expect((await core.hold(current)).session).toEqual(current.session);
    expect(await core.resolve(first)).toMatchObject({ state: 'active' });
    expect((await core.events()).at(-1)).toMatchObject({
      type: 'session.limit_rejected',
      outcome: 'failure',
      reason: 'session-limit',
      initiator: 'user',
      userId: 'alice',
      ...REQUEST,
    });
    expect(core.notices.at(-1)).toEqual({
      type: 'session.limit_rejected',
      at: core.clock.now(),
      user: ALICE,
      reason: 'session-limit',
    });
  });

  it('for the limit a thousand times leaves one event, and a count when the minute is over', async () => {
    const core = await openCore({ maxSessionsPerUser: 1, onLimit: 'reject' });
    await Promise.all(['alice', 'bob'].map((userId) => login(core, userId)));
    const refused = (userId: string) => expect(login(core, userId)).rejects.toThrow();

    await Promise.all(Array.from({ length: 1_000 }, () => refused('alice')));
    await refused('bob');
    core.clock.advance('1m');
    await core.sweeper.sweep();

    const rejected = (await core.events()).filter(({ type }) => type === 'session.limit_rejected');
    const details = (ofUser: string) =>
      rejected.filter(({ userId }) => userId === ofUser).map((event) => event.details);
    expect([details('alice'), details('bob')]).toEqual([[undefined, { count: 999 }], [undefined]]);
    expect(rejected).toMatchObject(
      Array(3).fill({ initiator: 'user', reason: 'session-limit', methods: ['pwd'], ...REQUEST }),
    );
  });

  it('for a block leaves the anonymous session as it was', async () => {
    const core = await openCore();
    const until = core.clock.now() + 60_000;
    await core.directory.block(ALICE, until, { reason: 'suspicion' });
    const current = await createAnonymous(core);

    const attempt = issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    await expect(attempt).rejects.toThrow(SessionUserBlockedError);
    await expect(attempt).rejects.toMatchObject({ until });
    expect(await core.resolve(current)).toMatchObject({ state: 'active' });
    expect((await core.events()).filter(({ type }) => type === 'login.failed')).toMatchObject([
      { ...ALICE, reason: 'user-blocked', outcome: 'failure', ...REQUEST },
    ]);
  });

  it('for a backlog of audit events leaves the anonymous session, and a logout goes through', async () => {
    const core = await openCore({ outboxMaxBytes: 1_024 }, { shards: 1 });
    const current = await createAnonymous(core);
    const first = await login(core);
    while ((await core.store.outboxState(0)).bytes <= 2_048) await login(core);

    const attempt = issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    await expect(attempt).rejects.toThrow(SessionAuditBacklogError);
    expect(await core.resolve(current)).toMatchObject({ state: 'active' });
    expect(await core.lifecycle.end(first.session, 'logout', REQUEST)).toBe(true);
  });

  it('for a store that fails to create leaves the anonymous session as it was', async () => {
    const away = () => Promise.reject(new SessionStoreUnavailableError('create'));
    const core = await openCore();
    const current = await createAnonymous(core);
    Object.assign(core.store, { create: away });

    const attempt = issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { current })));

    await expect(attempt).rejects.toThrow(SessionStoreUnavailableError);
    expect(await core.resolve(current)).toMatchObject({ state: 'active' });
  });
});

describe('a login over the session limit', () => {
  it('evicts the session seen least recently and tells of it', async () => {
    const core = await openCore({ maxSessionsPerUser: 2, touchInterval: 0 });
    const oldest = await login(core);
    core.clock.advance('1m');
    const idle = await login(core);
    core.clock.advance('1m');
    await core.lifecycle.touch(oldest.session);

    const newest = await login(core);

    expect(await core.resolve(idle)).toMatchObject({ state: 'evicted' });
    expect(await core.resolve(oldest)).toMatchObject({ state: 'active' });
    expect(await core.resolve(newest)).toMatchObject({ state: 'active' });
    expect(core.notices.slice(-2).map(({ type, sessionId }) => [type, sessionId])).toEqual([
      ['session.evicted', idle.session.id],
      ['session.created', newest.session.id],
    ]);
  });
});

describe('a touch', () => {
  it('is written once the interval has passed, and not before', async () => {
    const core = await openCore({ touchInterval: '1m' });
    const { session } = await login(core);

    core.clock.advance(59_999);
    expect(await core.lifecycle.touch(session)).toBe('recent');
    core.clock.advance(1);
    expect(await core.lifecycle.touch(session)).toBe('touched');

    expect((await core.directory.get(session.id))?.lastSeenAt).toBe(core.clock.now());
  });

  it('finds an ended session gone', async () => {
    const core = await openCore({ touchInterval: 0 });
    const { session } = await login(core);
    await core.lifecycle.end(session, 'logout', REQUEST);

    expect(await core.lifecycle.touch(session)).toBe('gone');
  });
});

/** Exactly the least that `maxDataBytes` may allow. */
const BULKY = { a: '1'.repeat(1_023) };

describe('a login over maxDataBytes', () => {
  it('is refused, and leaves the anonymous session as it was', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });
    const current = await createAnonymous(core, BULKY);
    const data = { ...BULKY, b: '1' };
    const changes = { set: { b: '1' }, remove: [] };

    const attempt = core.lifecycle.login(aLogin({ userId: 'alice' }, { current, data, changes }));

    await expect(attempt).rejects.toMatchObject({ code: 'SESSION_DATA_TOO_LARGE' });
    expect(await dataOf(core, current)).toEqual(BULKY);
    expect(await core.events()).toEqual([]);
  });

  it('because of what others stored meanwhile succeeds, and loses none of it', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });
    const current = await createAnonymous(core);
    const changes = { set: { b: '1' }, remove: [] };
    await core.lifecycle.save(current.session, { set: BULKY, remove: [] });

    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { current, data: changes.set, changes })),
    );

    expect(await dataOf(core, opened)).toEqual({ ...BULKY, b: '1' });
  });

  it('succeeds with data that were beyond it already', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });
    const empty = await createAnonymous(core);
    const data = { a: '1'.repeat(2_000) };
    const before = { id: empty.session.id, set: data, remove: [] };
    await core.store.save(before, core.operations.begin({ initiator: 'system' }));
    const current = await core.hold(empty);

    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { current, data })),
    );

    expect(await dataOf(core, opened)).toEqual(data);
  });
});

describe('an anonymous session over maxDataBytes', () => {
  it('is not created', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });

    await expect(createAnonymous(core, { ...BULKY, b: '' })).rejects.toMatchObject({
      code: 'SESSION_DATA_TOO_LARGE',
    });
  });
});

describe('a save', () => {
  it('writes the changed keys and leaves the others', async () => {
    const core = await openCore();
    const opened = await issued(
      core.lifecycle.login(aLogin({ userId: 'alice' }, { data: { a: '1', b: '1', c: '1' } })),
    );

    const saved = await core.lifecycle.save(opened.session, { set: { a: '2' }, remove: ['b'] });

    expect(saved).toBe('saved');
    expect(await dataOf(core, opened)).toEqual({ a: '2', c: '1' });
  });

  it('over maxDataBytes writes nothing', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });
    const opened = await issued(core.lifecycle.login(aLogin({ userId: 'alice' }, { data: BULKY })));

    const attempt = core.lifecycle.save(opened.session, { set: { b: '1' }, remove: [] });

    await expect(attempt).rejects.toMatchObject({ code: 'SESSION_DATA_TOO_LARGE', bytes: 1_026 });
    expect(await dataOf(core, opened)).toEqual(BULKY);
  });

  it('of many at once keeps to maxDataBytes', async () => {
    const core = await openCore({ maxDataBytes: 1_024 });
    const opened = await login(core);
    const save = (index: number) =>
      core.lifecycle.save(opened.session, {
        set: { [`key-${index}`]: 'x'.repeat(900) },
        remove: [],
      });

    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => save(index)),
    );

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'SESSION_DATA_TOO_LARGE', maxBytes: 1_024 },
    });
    expect(Object.keys(await dataOf(core, opened))).toHaveLength(1);
  });

  it('never brings an ended session back', async () => {
    const core = await openCore();
    const opened = await login(core);
    await core.lifecycle.end(opened.session, 'logout', REQUEST);

    expect(await core.lifecycle.save(opened.session, { set: { a: '1' }, remove: [] })).toBe('gone');
    expect(await core.resolve(opened)).toMatchObject({ state: 'revoked', reason: 'logout' });
  });
});

describe('the end of a session', () => {
  it('happens once, with one event and one notice', async () => {
    const core = await openCore();
    const { session } = await login(core);

    const answers = await Promise.all([
      core.lifecycle.end(session, 'logout', REQUEST),
      core.lifecycle.end(session, 'logout', REQUEST),
    ]);

    expect(answers.filter(Boolean)).toHaveLength(1);
    expect((await core.events()).slice(1)).toEqual([
      expect.objectContaining({
        type: 'session.revoked',
        reason: 'logout',
        initiator: 'user',
        sessionId: session.id,
      }),
    ]);
    expect(core.notices.slice(1)).toEqual([
      {
        type: 'session.revoked',
        at: core.clock.now(),
        sessionId: session.id,
        user: ALICE,
        reason: 'logout',
      },
    ]);
  });
});

describe('a token rotated away long ago that comes back', () => {
  it('ends the session once, with one critical event, however often it comes', async () => {
    const core = await openCore();
    const old = await login(core);
    const renewed = await issued(core.rotation.rotate(old, REQUEST));
    core.clock.advance('60s');

    const verdicts = await Promise.all([core.resolve(old), core.resolve(old)]);
    const later = await core.resolve(old);

    expect(verdicts[0]).toEqual({ state: 'reused', sessionId: old.session.id });
    expect(later).toMatchObject({ state: 'revoked', reason: 'token-reused' });
    expect(await core.resolve(renewed)).toMatchObject({ state: 'revoked', reason: 'token-reused' });
    const reused = (await core.events()).filter(({ type }) => type === 'session.token_reused');
    expect(reused).toEqual([
      expect.objectContaining({
        outcome: 'failure',
        initiator: 'policy',
        reason: 'token-reused',
        sessionId: old.session.id,
        details: { severity: 'critical' },
        ...REQUEST,
      }),
    ]);
    expect(core.notices.filter(({ reason }) => reason === 'token-reused')).toHaveLength(1);
  });

  it('is a store unavailable if the session cannot be ended', async () => {
    const core = await openCore();
    const old = await login(core);
    await issued(core.rotation.rotate(old, REQUEST));
    core.clock.advance('60s');
    Object.assign(core.store, { revoke: () => Promise.reject(new Error('away')) });

    expect(await core.resolve(old)).toMatchObject({ state: 'unavailable' });
  });
});
