import { SessionLayoutMismatchError, SessionStoreUnavailableError } from './errors.js';
import { resolveSessionOptions } from './policy/session-options.js';
import type { SessionRecord, StoredSession } from './session-record.js';
import { activeVerdict, resolveToken, unavailableVerdict } from './session-resolver.js';
import { leavesCookieAlone, type Verdict } from './verdict.js';
import { aRecord, aTokenOf, aTombstoneOf, NOW } from '../../test/support/records.js';

const OPTIONS = resolveSessionOptions({ rotationInterval: '10m', stragglerWindow: '60s' });

/** A session of generation 6, with its tokens: older, previous, current. */
function aHeldSession(overrides: Partial<SessionRecord> = {}) {
  const record = aRecord();
  const older = aTokenOf(record, 4);
  const previous = aTokenOf(record, 5);
  const current = aTokenOf(record, 6);
  const session = aRecord({
    id: record.id,
    tokenHash: current.tokenHash,
    previousTokenHash: previous.tokenHash,
    generation: 6,
    ...overrides,
  });
  return { session, older, previous, current };
}

const resolveAt = (
  token: Parameters<typeof resolveToken>[0],
  session: StoredSession,
  elapsed: number,
  shardEpoch = 0,
): Verdict => resolveToken(token, { session, shardEpoch }, OPTIONS, NOW + elapsed);

describe('a token of no session', () => {
  it('is unknown, and no straggler', () => {
    const verdict = resolveToken(aTokenOf(aRecord()), undefined, OPTIONS, NOW);

    expect(verdict).toEqual({ state: 'unknown' });
    expect(leavesCookieAlone(verdict)).toBe(false);
  });
});

describe('a token of a live session', () => {
  it('is active with the session and the token presented', () => {
    const { session, current } = aHeldSession();

    expect(resolveAt(current, session, 0)).toEqual({
      state: 'active',
      session,
      token: current.token,
      confirmDue: false,
      rotationDue: false,
    });
  });

  it('comes of age at the rotation interval', () => {
    const { session, current } = aHeldSession();

    expect(resolveAt(current, session, 599_999)).toMatchObject({ rotationDue: false });
    expect(resolveAt(current, session, 600_000)).toMatchObject({ rotationDue: true });
  });

  it('is confirmed before it is exchanged again', () => {
    const { session, current } = aHeldSession({ rotation: 'periodic' });

    expect(resolveAt(current, session, 600_000)).toMatchObject({
      confirmDue: true,
      rotationDue: false,
    });
  });

  it('that was the previous one is exchanged when the new one stays unused', () => {
    const { session, previous } = aHeldSession({ rotation: 'periodic' });

    expect(resolveAt(previous, session, 29_999)).toMatchObject({
      state: 'active',
      token: previous.token,
      confirmDue: false,
      rotationDue: false,
    });
    expect(resolveAt(previous, session, 30_000)).toMatchObject({ rotationDue: true });
  });

  it('that was rotated away is a straggler, then reused', () => {
    const { session, previous } = aHeldSession({ rotation: 'immediate' });

    const late = resolveAt(previous, session, 59_999);
    const reused = resolveAt(previous, session, 60_000);

    expect(late).toEqual({ state: 'straggler', sessionId: session.id });
    expect(reused).toEqual({ state: 'reused', sessionId: session.id });
    expect([late, reused].map(leavesCookieAlone)).toEqual([true, true]);
  });

  it('with a wrong secret is unknown', () => {
    const { session } = aHeldSession();

    expect(resolveAt(aTokenOf(session, 6), session, 0)).toEqual({ state: 'unknown' });
  });
});

describe('a token of an ended session', () => {
  const held = aHeldSession();
  const tombstone = aTombstoneOf(held.session, { state: 'evicted', reason: 'session-limit' });

  it.each([
    ['current', held.current],
    ['previous', held.previous],
  ])('tells the holder of the %s one how and why', (_, token) => {
    expect(resolveAt(token, tombstone, 60_000)).toEqual({
      state: 'evicted',
      sessionId: held.session.id,
      reason: 'session-limit',
      late: false,
    });
  });

  it.each([
    ['when it ended', 0, true],
    ['a millisecond before the straggler window closes', 59_999, true],
    ['when it closes', 60_000, false],
  ])('is late %s', (_, elapsed, late) => {
    const verdict = resolveAt(held.current, tombstone, elapsed);

    expect(verdict).toMatchObject({ late });
    expect(leavesCookieAlone(verdict)).toBe(late);
  });

  it('tells others nothing: a straggler for the window, unknown after it', () => {
    expect(resolveAt(held.older, tombstone, 59_999)).toEqual({
      state: 'straggler',
      sessionId: held.session.id,
    });
    expect(resolveAt(held.older, tombstone, 60_000)).toEqual({ state: 'unknown' });
  });

  it('is unknown after the window where there was no previous token', () => {
    const { session, older } = aHeldSession({ previousTokenHash: undefined });

    expect(resolveAt(older, aTombstoneOf(session), 60_000)).toEqual({ state: 'unknown' });
  });
});

describe('a token of a session that nobody has ended yet', () => {
  it('is expired from its deadline on, and late from then', () => {
    const { session, current } = aHeldSession({ idleTimeoutMs: 1_000 });

    expect(resolveAt(current, session, 999)).toMatchObject({ state: 'active' });
    expect(resolveAt(current, session, 1_000)).toEqual({
      state: 'expired',
      sessionId: session.id,
      reason: 'idle',
      late: true,
    });
    expect(resolveAt(current, session, 60_999)).toMatchObject({ late: true });
    expect(resolveAt(current, session, 61_000)).toMatchObject({ late: false });
  });

  it('is revoked by a newer epoch', () => {
    const { session, current } = aHeldSession({ epoch: NOW - 1 });

    expect(resolveAt(current, session, 0, NOW)).toEqual({
      state: 'revoked',
      sessionId: session.id,
      reason: 'all-revoked',
      late: true,
    });
  });

  it('is not judged as reused once the session is over', () => {
    const { session, older } = aHeldSession({ rotation: 'periodic', idleTimeoutMs: 1_000 });

    expect(resolveAt(older, session, 999)).toMatchObject({ state: 'reused' });
    expect(resolveAt(older, session, 1_000)).toMatchObject({ state: 'straggler' });
    expect(resolveAt(older, session, 61_000)).toEqual({ state: 'unknown' });
  });
});

describe('a store that fails', () => {
  it('is the verdict with its own error', () => {
    const error = new SessionStoreUnavailableError('find');

    const verdict = unavailableVerdict(error);

    expect(verdict).toEqual({ state: 'unavailable', error });
    expect(leavesCookieAlone(verdict)).toBe(false);
  });

  it.each([new TypeError('broken'), new SessionLayoutMismatchError('other'), 'broken'])(
    'is unavailable whatever it rejects with',
    (cause) => {
      const verdict = unavailableVerdict(cause);

      expect(verdict).toMatchObject({
        state: 'unavailable',
        error: { code: 'SESSION_STORE_UNAVAILABLE', cause },
      });
    },
  );
});

describe('what was found a while ago', () => {
  it('is good for a verdict that a session is active, which says so', () => {
    const { session, current } = aHeldSession();

    const verdict = activeVerdict(current, { session, shardEpoch: 0 }, OPTIONS, NOW);

    expect(verdict).toEqual({ ...resolveAt(current, session, 0), cached: true });
  });

  it.each([
    { name: 'a session that looks idle', of: { idleTimeoutMs: 1_000 }, epoch: 0 },
    { name: 'a session past its absolute deadline', of: { absoluteExpiresAt: NOW }, epoch: 0 },
    { name: 'a session of an older epoch', of: {}, epoch: NOW },
  ])('is good for no verdict on $name', ({ of, epoch }) => {
    const { session, current } = aHeldSession({ lastSeenAt: NOW - 2_000, ...of });

    const verdict = activeVerdict(current, { session, shardEpoch: epoch }, OPTIONS, NOW);

    expect(verdict).toBeUndefined();
  });

  it('is good for no verdict on a token that is not in force', () => {
    const { session, older } = aHeldSession();
    const found = { session, shardEpoch: 0 };

    expect(activeVerdict(older, found, OPTIONS, NOW)).toBeUndefined();
    expect(activeVerdict(aTokenOf(session), found, OPTIONS, NOW)).toBeUndefined();
  });
});
