import {
  expiresAt,
  isFresh,
  isStragglerOf,
  judgeToken,
  lapseOf,
  rotationDue,
  touchDue,
} from './session-policy.js';
import type { SessionRecord } from '../session-record.js';
import { aRecord, aTokenOf, NOW } from '../../../test/support/records.js';

const WINDOWS = {
  rotationGracePeriodMs: 60_000,
  rotationRetryMs: 30_000,
  stragglerWindowMs: 45_000,
};

describe('the end of a session', () => {
  const session = aRecord({
    lastSeenAt: NOW,
    idleTimeoutMs: 1_000,
    absoluteExpiresAt: NOW + 5_000,
  });

  it.each([
    ['when it was last seen', 0, undefined],
    ['a millisecond before the idle deadline', 999, undefined],
    ['at the idle deadline', 1_000, 'idle'],
    ['a millisecond after it', 1_001, 'idle'],
    ['a millisecond before the absolute deadline', 4_999, 'idle'],
    ['at the absolute deadline', 5_000, 'absolute'],
    ['a millisecond after it', 5_001, 'absolute'],
  ])('%s', (_, elapsed, reason) => {
    expect(lapseOf(session, 0, NOW + elapsed)?.reason).toBe(reason);
  });

  it('is dated by the deadline, not by who noticed it', () => {
    expect(lapseOf(session, 0, NOW + 4_000)).toEqual({
      state: 'expired',
      reason: 'idle',
      at: NOW + 1_000,
    });
    expect(lapseOf(session, 0, NOW + 9_000)).toEqual({
      state: 'expired',
      reason: 'absolute',
      at: NOW + 5_000,
    });
  });

  it('is put off by activity, never past the absolute deadline', () => {
    const busy = { ...session, lastSeenAt: NOW + 4_500 };

    expect(expiresAt(session)).toBe(NOW + 1_000);
    expect(expiresAt(busy)).toBe(NOW + 5_000);
    expect(lapseOf(busy, 0, NOW + 4_999)).toBeUndefined();
    expect(lapseOf(busy, 0, NOW + 5_000)?.reason).toBe('absolute');
  });

  it.each([
    ['of the present epoch', 0, undefined],
    ['of a newer epoch', -1, undefined],
    ['of the epoch before', 1, 'all-revoked'],
  ])('by an epoch: a session %s', (_, newer, reason) => {
    const stamped = aRecord({ epoch: NOW });

    expect(lapseOf(stamped, NOW + newer, NOW)?.reason).toBe(reason);
  });

  it('by an epoch is a revocation, dated by the epoch, even of a session long expired', () => {
    expect(lapseOf(session, NOW - 10, NOW + 10_000)).toEqual({
      state: 'revoked',
      reason: 'all-revoked',
      at: NOW - 10,
    });
  });
});

describe('a token of a session that was never rotated', () => {
  const record = aRecord();
  const token = aTokenOf(record);
  const session = { ...record, tokenHash: token.tokenHash };

  it('is the current one and needs no confirming', () => {
    expect(judgeToken(session, token, WINDOWS, NOW)).toEqual({
      standing: 'current',
      confirmDue: false,
    });
  });

  it.each([0, 1, 7, 2 ** 32 - 1])(
    'with a wrong secret and generation %d is unknown',
    (generation) => {
      expect(judgeToken(session, aTokenOf(session, generation), WINDOWS, NOW).standing).toBe(
        'unknown',
      );
    },
  );
});

/** A session rotated at `NOW`, with its tokens: older, previous, current. */
function rotated(overrides: Partial<SessionRecord>) {
  const record = aRecord();
  const [older, previous, current] = [
    aTokenOf(record, 4),
    aTokenOf(record, 5),
    aTokenOf(record, 6),
  ];
  const session = aRecord({
    id: record.id,
    tokenHash: current!.tokenHash,
    previousTokenHash: previous!.tokenHash,
    generation: 6,
    rotatedAt: NOW,
    ...overrides,
  });
  const standingOf = (token: typeof older, elapsed: number): string =>
    judgeToken(session, token, WINDOWS, NOW + elapsed).standing;
  return { session, older, previous, current, standingOf };
}

describe('after a periodic rotation that is not confirmed', () => {
  const { session, older, previous, current, standingOf } = rotated({ rotation: 'periodic' });

  it('the new token is good and its first use has to be noted', () => {
    expect(judgeToken(session, current, WINDOWS, NOW)).toEqual({
      standing: 'current',
      confirmDue: true,
    });
  });

  it.each([
    ['at once', 0, false],
    ['a millisecond before the retry', 29_999, false],
    ['at the retry', 30_000, true],
    ['a millisecond after it', 30_001, true],
    ['an hour later', 3_600_000, true],
  ])('the previous token is good %s', (_, elapsed, retryDue) => {
    expect(judgeToken(session, previous, WINDOWS, NOW + elapsed)).toEqual({
      standing: 'previous',
      retryDue,
    });
  });

  it.each([0, 44_999, 45_000])('an older token is reused %d ms later', (elapsed) => {
    expect(standingOf(older, elapsed)).toBe('reused');
  });

  it.each([5, 7])('a wrong secret of generation %d is unknown', (generation) => {
    expect(standingOf(aTokenOf(session, generation), 0)).toBe('unknown');
  });

  it.each([
    [0, 'straggler'],
    [44_999, 'straggler'],
    [45_000, 'unknown'],
  ])('%d ms after it, a token that it replaced unused is a %s', (elapsedMs, standing) => {
    expect(standingOf(aTokenOf(session, session.generation), elapsedMs)).toBe(standing);
  });
});

describe('after a periodic rotation that was confirmed ten seconds later', () => {
  const { session, older, previous, current, standingOf } = rotated({
    rotation: 'periodic',
    confirmedAt: NOW + 10_000,
  });

  it('the new token is good and needs no more confirming', () => {
    expect(judgeToken(session, current, WINDOWS, NOW + 10_000)).toEqual({
      standing: 'current',
      confirmDue: false,
    });
  });

  it.each([
    ['when it is confirmed', 10_000, 'previous'],
    ['a millisecond before the grace is over', 69_999, 'previous'],
    ['when the grace is over', 70_000, 'reused'],
    ['a millisecond after it', 70_001, 'reused'],
  ])('the previous token %s', (_, elapsed, standing) => {
    expect(standingOf(previous, elapsed)).toBe(standing);
  });

  it('the previous token is not exchanged again within its grace', () => {
    expect(judgeToken(session, previous, WINDOWS, NOW + 69_999)).toEqual({
      standing: 'previous',
      retryDue: false,
    });
  });

  it('an older token is reused even within the grace', () => {
    expect(standingOf(older, 10_000)).toBe('reused');
  });

  it('a wrong secret of the previous generation is unknown, also after the grace', () => {
    expect(standingOf(aTokenOf(session, 5), 70_000)).toBe('unknown');
  });
});

describe('after an immediate rotation', () => {
  const { session, older, previous, current, standingOf } = rotated({ rotation: 'immediate' });

  it('the new token is good and needs no confirming', () => {
    expect(judgeToken(session, current, WINDOWS, NOW)).toEqual({
      standing: 'current',
      confirmDue: false,
    });
  });

  it.each([
    ['at once', 0, 'straggler'],
    ['a millisecond before the window closes', 44_999, 'straggler'],
    ['when the window closes', 45_000, 'reused'],
    ['a millisecond after it', 45_001, 'reused'],
  ])('the previous and older tokens %s', (_, elapsed, standing) => {
    expect(standingOf(previous, elapsed)).toBe(standing);
    expect(standingOf(older, elapsed)).toBe(standing);
  });

  it.each([5, 6, 7])('a wrong secret of generation %d is unknown', (generation) => {
    expect(standingOf(aTokenOf(session, generation), 0)).toBe('unknown');
  });
});

describe('the straggler window of an ended session', () => {
  it.each([
    ['when it ended', 0, true],
    ['a millisecond before the window closes', 44_999, true],
    ['when the window closes', 45_000, false],
    ['a millisecond after it', 45_001, false],
  ])('%s', (_, elapsed, late) => {
    expect(isStragglerOf({ endedAt: NOW }, WINDOWS, NOW + elapsed)).toBe(late);
  });
});

describe('a rotation by age', () => {
  const session = aRecord({ rotatedAt: NOW });
  const options = { rotationIntervalMs: 90_000 };

  it.each([
    ['a millisecond before the interval is over', 89_999, false],
    ['when it is over', 90_000, true],
    ['a millisecond after it', 90_001, true],
  ])('%s', (_, elapsed, due) => {
    expect(rotationDue(session, options, NOW + elapsed)).toBe(due);
  });

  it('is never due without an interval', () => {
    expect(rotationDue(session, { rotationIntervalMs: 0 }, NOW + 90_000)).toBe(false);
  });

  it('is never due for an anonymous session', () => {
    expect(rotationDue({ ...session, user: undefined }, options, NOW + 90_000)).toBe(false);
  });
});

describe('a touch', () => {
  const session = aRecord({ lastSeenAt: NOW });

  it.each([
    ['a millisecond before the interval is over', 60_000, 59_999, false],
    ['when it is over', 60_000, 60_000, true],
    ['a millisecond after it', 60_000, 60_001, true],
    ['on every request if the interval is zero', 0, 0, true],
    ['not by a clock that is behind', 60_000, -1, false],
  ])('%s', (_, touchIntervalMs, elapsed, due) => {
    expect(touchDue(session, { touchIntervalMs }, NOW + elapsed)).toBe(due);
  });
});

describe('a fresh session', () => {
  const session = aRecord({ authenticatedAt: NOW });

  it.each([
    ['at the proof of identity', 0, true],
    ['a millisecond before its age is reached', 599_999, true],
    ['at its age', 600_000, false],
    ['a millisecond after it', 600_001, false],
  ])('%s', (_, elapsed, fresh) => {
    expect(isFresh(session, 600_000, NOW + elapsed)).toBe(fresh);
  });

  it('is never an anonymous one', () => {
    expect(isFresh({}, 600_000, NOW)).toBe(false);
  });
});
