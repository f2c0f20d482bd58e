import {
  SessionConfigInvalidError,
  SessionEndedError,
  SessionError,
  SessionLimitReachedError,
  SessionNotFreshError,
  SessionStoreUnavailableError,
} from './errors.js';

describe('an error of the library', () => {
  it('is called as its class is and can be told by its root', () => {
    const error = new SessionLimitReachedError(5);

    expect(error.name).toBe('SessionLimitReachedError');
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ code: 'SESSION_LIMIT_REACHED', limit: 5 });
  });

  it.each([
    ['expired', 'SESSION_EXPIRED'],
    ['revoked', 'SESSION_REVOKED'],
    ['evicted', 'SESSION_EVICTED'],
  ] as const)('about a session that was %s has the code %s and the reason', (state, code) => {
    expect(new SessionEndedError(state, 'a-reason')).toMatchObject({
      code,
      state,
      reason: 'a-reason',
      message: `The session was ${state}`,
    });
  });

  it('about freshness tells the age that is allowed', () => {
    expect(new SessionNotFreshError(600_000)).toMatchObject({
      code: 'SESSION_NOT_FRESH',
      maxAgeMs: 600_000,
    });
  });

  it('about the store keeps the cause, and its text out of the message', () => {
    const cause = new Error('connect redis://user:password@host');

    const error = new SessionStoreUnavailableError('create', cause);

    expect(error.cause).toBe(cause);
    expect(error.message).toBe('Session store failed during create');
  });

  it('about an option may be without a value', () => {
    const error = new SessionConfigInvalidError('guard', 'is required');

    expect(error.message).toBe('Option "guard" is required');
  });
});
