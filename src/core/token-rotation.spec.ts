import { SessionEndedError, SessionConflictError } from './errors.js';
import type { SessionOptionsInput } from './policy/session-options.js';
import type { ActiveSession } from './verdict.js';
import {
  aLogin,
  issued,
  createAnonymous,
  openCore,
  REQUEST,
  type CoreUnderTest,
} from '../../test/support/core-under-test.js';

const EVERY_TEN_MINUTES: SessionOptionsInput = {
  rotationInterval: '10m',
  rotationGracePeriod: '60s',
  rotationRetry: '30s',
  stragglerWindow: '60s',
};

const login = (core: CoreUnderTest): Promise<ActiveSession> =>
  issued(core.lifecycle.login(aLogin({ userId: 'alice', methods: ['pwd'] })));

/** What a request does with its token before any handler runs. */
const attend = async (
  core: CoreUnderTest,
  held: Pick<ActiveSession, 'token'>,
): Promise<ActiveSession | undefined> => core.rotation.attend(await core.hold(held), REQUEST);

const stateOf = async (core: CoreUnderTest, held: ActiveSession): Promise<string> =>
  (await core.resolve(held)).state;

/** A session whose first token has come of age and was exchanged a moment ago. */
async function rotatedByAge(options: SessionOptionsInput = EVERY_TEN_MINUTES) {
  const core = await openCore(options);
  const first = await login(core);
  core.clock.advance('10m');
  const second = (await attend(core, first))!;
  return { core, first, second };
}

describe('a rotation by age', () => {
  it('is not due before the interval has passed', async () => {
    const core = await openCore(EVERY_TEN_MINUTES);
    const first = await login(core);
    core.clock.advance(599_999);

    expect(await attend(core, first)).toBeUndefined();
  });

  it('gives the same session a new token and leaves its deadlines as they were', async () => {
    const { first, second } = await rotatedByAge();

    expect(second.token).not.toBe(first.token);
    expect(second.session).toMatchObject({
      id: first.session.id,
      generation: 1,
      rotation: 'periodic',
      authenticatedAt: first.session.authenticatedAt,
      absoluteExpiresAt: first.session.absoluteExpiresAt,
    });
  });

  it('leaves one event by policy and one notice', async () => {
    const { core, first } = await rotatedByAge();

    expect((await core.events()).at(-1)).toMatchObject({
      type: 'session.rotated',
      initiator: 'policy',
      sessionId: first.session.id,
    });
    expect(core.notices.map(({ type }) => type)).toEqual(['session.created', 'session.rotated']);
  });

  it('happens once for any number of parallel requests; the others keep their token', async () => {
    const core = await openCore(EVERY_TEN_MINUTES);
    const first = await login(core);
    core.clock.advance('10m');
    const requests = await Promise.all(Array.from({ length: 5 }, () => core.hold(first)));

    const answers = await Promise.all(
      requests.map((verdict) => core.rotation.attend(verdict, REQUEST)),
    );

    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await stateOf(core, first)).toBe('active');
  });

  it('never happens to a session that ended meanwhile', async () => {
    const core = await openCore(EVERY_TEN_MINUTES);
    const first = await login(core);
    core.clock.advance('10m');
    const verdict = await core.hold(first);
    await core.lifecycle.end(first.session, 'logout', REQUEST);

    expect(await core.rotation.attend(verdict, REQUEST)).toBeUndefined();
    expect(await stateOf(core, first)).toBe('revoked');
  });
});

describe('the previous token after a rotation by age', () => {
  it('stays good, and is not exchanged, while the new one may be on its way', async () => {
    const { core, first } = await rotatedByAge();
    core.clock.advance(29_999);

    expect(await attend(core, first)).toBeUndefined();
  });

  it('is exchanged again at the retry; the token that nobody used is then a straggler', async () => {
    const { core, first, second } = await rotatedByAge();
    core.clock.advance('30s');

    const third = (await attend(core, first))!;

    expect(third.session.generation).toBe(1);
    expect(third.session.previousTokenHash).toBe(first.session.tokenHash);
    expect(await stateOf(core, third)).toBe('active');
    expect(await stateOf(core, second)).toBe('straggler');
    expect(await stateOf(core, first)).toBe('active');
  });

  it('is exchanged again at every retry until one arrives', async () => {
    const { core, first } = await rotatedByAge();

    for (let retry = 0; retry < 3; retry += 1) {
      core.clock.advance('30s');
      expect(await attend(core, first)).toBeDefined();
      expect(await attend(core, first)).toBeUndefined();
    }
  });

  it('is kept if the new one was used just before the retry', async () => {
    const { core, first, second } = await rotatedByAge();
    core.clock.advance('30s');
    const retrying = await core.hold(first);
    await attend(core, second);

    expect(retrying.rotationDue).toBe(true);
    expect(await core.rotation.attend(retrying, REQUEST)).toBeUndefined();
    expect(await stateOf(core, second)).toBe('active');
  });

  it('is good for the grace after the new one was used, and reused from then on', async () => {
    const { core, first, second } = await rotatedByAge();
    core.clock.advance('10s');
    await attend(core, second);

    core.clock.advance(59_999);
    expect(await stateOf(core, first)).toBe('active');
    core.clock.advance(1);
    expect(await stateOf(core, first)).toBe('reused');

    expect(await stateOf(core, second)).toBe('revoked');
  });

  it('has a grace that its own use does not lengthen', async () => {
    const { core, first, second } = await rotatedByAge();
    await attend(core, second);

    for (const pause of ['30s', 29_999] as const) {
      core.clock.advance(pause);
      expect(await attend(core, first)).toBeUndefined();
    }
    core.clock.advance(1);

    expect(await stateOf(core, first)).toBe('reused');
  });

  it('has a grace that the use of the new one does not lengthen', async () => {
    const { core, first, second } = await rotatedByAge();
    await attend(core, second);
    core.clock.advance('59s');
    await attend(core, second);
    core.clock.advance('1s');

    expect(await stateOf(core, first)).toBe('reused');
  });
});

describe('the first use of a new token', () => {
  it('is noted once', async () => {
    const { core, second } = await rotatedByAge();
    const confirmedAt = core.clock.now();

    expect(await attend(core, second)).toBeUndefined();
    core.clock.advance('1s');
    const again = await core.hold(second);

    expect(again.confirmDue).toBe(false);
    expect(again.session.confirmedAt).toBe(confirmedAt);
  });
});

describe('a rotation at once', () => {
  it('refuses the old token from now on: a straggler for the window, reused after it', async () => {
    const core = await openCore(EVERY_TEN_MINUTES);
    const first = await login(core);

    const second = await issued(core.rotation.rotate(first, REQUEST));

    expect(await stateOf(core, second)).toBe('active');
    expect(await stateOf(core, first)).toBe('straggler');
    core.clock.advance(59_999);
    expect(await stateOf(core, first)).toBe('straggler');
    core.clock.advance(1);
    expect(await stateOf(core, first)).toBe('reused');
    expect(await stateOf(core, second)).toBe('revoked');
  });

  it('leaves proof of identity and absolute deadline as they were', async () => {
    const core = await openCore();
    const first = await login(core);
    core.clock.advance('5m');

    const { session } = await issued(core.rotation.rotate(first, REQUEST));

    expect(session).toMatchObject({
      id: first.session.id,
      rotation: 'immediate',
      authenticatedAt: first.session.authenticatedAt,
      absoluteExpiresAt: first.session.absoluteExpiresAt,
      methods: ['pwd'],
    });
    expect((await core.events()).at(-1)).toMatchObject({
      type: 'session.rotated',
      initiator: 'user',
    });
  });

  it('takes the previous token of a rotation by age too', async () => {
    const { core, first, second } = await rotatedByAge();

    const third = await issued(core.rotation.rotate(await core.hold(first), REQUEST));

    expect(await stateOf(core, third)).toBe('active');
    expect(await stateOf(core, second)).toBe('straggler');
    expect(await stateOf(core, first)).toBe('straggler');
  });

  it('of two requests gives one the new token, and tells the other that it is on its way', async () => {
    const core = await openCore();
    const first = await login(core);

    const [left, right] = await Promise.all([
      core.rotation.rotate(first, REQUEST),
      core.rotation.rotate(first, REQUEST),
    ]);

    expect(left.session.generation).toBe(1);
    expect(right).toEqual({ session: left.session });
    expect((await core.resolve({ token: left.token! })).state).toBe('active');
  });

  it('that lost to a rotation by age is made all the same', async () => {
    const { core, first, second } = await rotatedByAge();

    const third = await issued(core.rotation.rotate(first, REQUEST));

    expect(await stateOf(core, third)).toBe('active');
    expect(await stateOf(core, second)).toBe('straggler');
  });

  it('works for an anonymous session, without an event', async () => {
    const core = await openCore();
    const first = await createAnonymous(core);

    const second = await issued(core.rotation.rotate(first, REQUEST));

    expect(await stateOf(core, second)).toBe('active');
    expect(await stateOf(core, first)).toBe('straggler');
    expect(await core.events()).toEqual([]);
  });

  it('is refused to a session that ended meanwhile', async () => {
    const core = await openCore();
    const first = await login(core);
    await core.lifecycle.end(first.session, 'logout', REQUEST);

    const attempt = issued(core.rotation.rotate(first, REQUEST));

    await expect(attempt).rejects.toThrow(SessionEndedError);
  });

  it('gives up after three lost races', async () => {
    const core = await openCore();
    const first = await login(core);
    let attempts = 0;
    const lose = () => {
      attempts += 1;
      return Promise.resolve({
        result: 'lost',
        session: { ...first.session, rotation: 'periodic' },
      });
    };
    Object.assign(core.store, { rotate: lose });

    const attempt = core.rotation.rotate(first, REQUEST);

    await expect(attempt).rejects.toThrow(SessionConflictError);
    expect(attempts).toBe(3);
  });
});

describe('the replacement of a token', () => {
  it('refuses what another request was just given', async () => {
    const core = await openCore();
    const first = await login(core);
    const second = await issued(core.rotation.rotate(first, REQUEST));

    const third = await issued(core.rotation.replace(first, REQUEST));

    expect(await stateOf(core, third)).toBe('active');
    expect(await stateOf(core, second)).toBe('straggler');
  });

  it('leaves one token good of those that many at once were given', async () => {
    const core = await openCore();
    const first = await login(core);

    const [before, ours, after] = await Promise.all([
      core.rotation.rotate(first, REQUEST),
      core.rotation.replace(first, REQUEST),
      core.rotation.rotate(first, REQUEST),
    ]);

    expect((await core.resolve({ token: before.token! })).state).toBe('straggler');
    expect((await core.resolve({ token: ours.token! })).state).toBe('active');
    expect(after.token).toBeUndefined();
  });
});

describe('a renewed proof of identity', () => {
  it('is given once where two requests prove it at the same time', async () => {
    const core = await openCore();
    const first = await login(core);
    core.clock.advance('1m');

    const [left, right] = await Promise.all([
      core.rotation.reauthenticate(first, ['pwd'], REQUEST),
      core.rotation.reauthenticate(first, ['pwd'], REQUEST),
    ]);

    expect(right).toEqual({ session: left.session });
    expect((await core.resolve({ token: left.token! })).state).toBe('active');
  });

  it('is not lost to a mere rotation that was first', async () => {
    const core = await openCore();
    const first = await login(core);
    core.clock.advance('1m');
    await core.rotation.rotate(first, REQUEST);

    const renewed = await issued(core.rotation.reauthenticate(first, ['otp'], REQUEST));

    expect(renewed.session).toMatchObject({ authenticatedAt: core.clock.now(), methods: ['otp'] });
  });

  it('renews both deadlines and the methods, cleaned', async () => {
    const core = await openCore({ idleTimeout: '30m', absoluteTimeout: '12h' });
    const first = await login(core);
    core.clock.advance('29m');

    const second = await issued(core.rotation.reauthenticate(first, ['otp', 'h\0'], REQUEST));

    core.clock.advance(1_799_999);
    expect((await core.hold(second)).session).toMatchObject({
      authenticatedAt: first.session.createdAt + 1_740_000,
      absoluteExpiresAt: first.session.createdAt + 1_740_000 + 43_200_000,
      methods: ['otp', 'h\uFFFD'],
    });
    expect((await core.events()).at(-1)).toMatchObject({
      type: 'session.reauthenticated',
      methods: ['otp', 'h\uFFFD'],
    });
    core.clock.advance(1);
    expect(await stateOf(core, second)).toBe('expired');
  });
});
