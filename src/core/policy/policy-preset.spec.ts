import { SessionConfigInvalidError } from '../errors.js';
import type { PolicyPreset } from './policy-preset.js';
import { resolveSessionOptions, type SessionOptionsInput } from './session-options.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WHY = 'Kiosks in locked rooms; see the risk analysis of 2026-11.';

function refusalOf(input: object): SessionConfigInvalidError {
  try {
    resolveSessionOptions(input);
  } catch (error) {
    if (error instanceof SessionConfigInvalidError) return error;
    throw error;
  }
  throw new Error('The options were accepted');
}

describe('a preset', () => {
  it.each<[PolicyPreset, number, number]>([
    ['nist-aal1', 30 * DAY_MS, 30 * DAY_MS],
    ['nist-aal2', DAY_MS, HOUR_MS],
    ['nist-aal3', 12 * HOUR_MS, 15 * MINUTE_MS],
  ])('%s sets the overall timeout to %i ms and the inactivity to %i', (policy, overall, idle) => {
    const options = resolveSessionOptions({ policy });

    expect(options).toMatchObject({ policy, absoluteTimeoutMs: overall, idleTimeoutMs: idle });
  });

  it('leaves every other option as it is', () => {
    const {
      idleTimeoutMs: _idle,
      absoluteTimeoutMs: _absolute,
      ...others
    } = resolveSessionOptions();

    expect(resolveSessionOptions({ policy: 'nist-aal2' })).toMatchObject(others);
  });

  it.each<[string, SessionOptionsInput]>([
    ['both', { policy: 'nist-aal2', absoluteTimeout: '8h', idleTimeout: '20m' }],
    ['the inactivity alone', { policy: 'nist-aal3', idleTimeout: '5m' }],
    ['the bounds themselves', { policy: 'nist-aal2', absoluteTimeout: '24h', idleTimeout: '1h' }],
    ['an end by inactivity where none is asked for', { policy: 'nist-aal1', idleTimeout: '29d' }],
  ])('may be made stricter without a word: %s', (_name, input) => {
    expect(() => resolveSessionOptions(input)).not.toThrow();
  });

  it('never has sessions end by silence later than by age', () => {
    const short = resolveSessionOptions({ policy: 'nist-aal2', absoluteTimeout: '40m' });
    const without = resolveSessionOptions({ policy: 'nist-aal1', absoluteTimeout: '7d' });

    expect(short.idleTimeoutMs).toBe(40 * MINUTE_MS);
    expect(without.idleTimeoutMs).toBe(7 * DAY_MS);
  });

  it.each<[string, PolicyPreset, string, SessionOptionsInput, string]>([
    ['absoluteTimeout', 'nist-aal1', '30d', { absoluteTimeout: '31d' }, '31d'],
    ['absoluteTimeout', 'nist-aal2', '24h', { absoluteTimeout: 86_400_001 }, '86400001ms'],
    ['idleTimeout', 'nist-aal2', '1h', { idleTimeout: '61m' }, '61m'],
    ['absoluteTimeout', 'nist-aal3', '12h', { absoluteTimeout: '13h' }, '13h'],
    ['idleTimeout', 'nist-aal3', '15m', { idleTimeout: '30m' }, '30m'],
  ])('refuses a looser %s under %s, and names its bound of %s', (...row) => {
    const [option, policy, bound, input, value] = row;

    const error = refusalOf({ policy, ...input });

    expect(error.option).toBe(option);
    expect(error.message).toBe(
      `Option "${option}" must not exceed ${bound} under policy "${policy}", unless ` +
        `"justification" says why; got "${value}"`,
    );
  });

  it('may be loosened by who says why', () => {
    const options = resolveSessionOptions({
      policy: 'nist-aal3',
      idleTimeout: '30m',
      justification: WHY,
    });

    expect(options).toMatchObject({ idleTimeoutMs: 30 * MINUTE_MS, justification: WHY });
  });

  it('may be loosened twice by who says why of each', () => {
    const looser = { policy: 'nist-aal3', idleTimeout: '30m', absoluteTimeout: '13h' } as const;

    const none = refusalOf(looser);
    const oneText = refusalOf({ ...looser, justification: WHY });
    const oneOfTwo = refusalOf({ ...looser, justification: { absoluteTimeout: WHY } });
    const both = resolveSessionOptions({
      ...looser,
      justification: { absoluteTimeout: WHY, idleTimeout: 'Ward stations.' },
    });

    expect(none.option).toBe('absoluteTimeout');
    expect(oneText.option).toBe('justification');
    expect(oneText.rule).toBe('must have a text for each of absoluteTimeout, idleTimeout');
    expect(oneOfTwo.option).toBe('idleTimeout');
    expect(both).toMatchObject({ idleTimeoutMs: 30 * MINUTE_MS });
  });

  it.each([['nist-aal4'], [''], ['NIST-AAL1'], [2], [null], ['toString'], [['nist-aal1']]])(
    'that does not exist is refused: %j',
    (policy) => {
      const error = refusalOf({ policy });

      expect(error.option).toBe('policy');
      expect(error.rule).toBe('must be one of nist-aal1, nist-aal2, nist-aal3');
    },
  );

  it.each([[''], ['   '], ['first\nsecond'], ['x'.repeat(1_001)], [true], [7], [null]])(
    'is not loosened by a justification that is none: %j',
    (justification) => {
      const error = refusalOf({ policy: 'nist-aal3', idleTimeout: '30m', justification });

      expect(error.option).toBe('justification');
    },
  );

  it.each<[object, string]>([
    [{ idleTimeout: '' }, 'justification.idleTimeout'],
    [{ idleTimeout: WHY, absoluteTimeout: 7 }, 'justification.absoluteTimeout'],
    [{ idleTimeOut: WHY }, 'justification.idleTimeOut'],
    [{}, 'idleTimeout'],
    [[WHY], 'justification'],
  ])('is not loosened by %j, which names %s', (justification, option) => {
    const error = refusalOf({ policy: 'nist-aal3', idleTimeout: '30m', justification });

    expect(error.option).toBe(option);
  });
});

describe('without a preset', () => {
  it('nothing is held to one', () => {
    expect(() => resolveSessionOptions({ absoluteTimeout: '365d' })).not.toThrow();
  });
});
