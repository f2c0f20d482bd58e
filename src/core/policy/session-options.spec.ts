import { parseDuration } from './duration.js';
import { SessionConfigInvalidError } from '../errors.js';
import {
  describeRule,
  resolveDuration,
  resolveSessionOptions,
  SESSION_OPTION_RULES,
  type SessionOptions,
  type SessionOptionsInput,
} from './session-options.js';

type Name = keyof typeof SESSION_OPTION_RULES;
type Bounds = { readonly min: string | number; readonly max: string | number };

const names = Object.keys(SESSION_OPTION_RULES) as Name[];
const namesOf = (kind: string): Name[] =>
  names.filter((name) => SESSION_OPTION_RULES[name].kind === kind);
const boundsOf = (name: Name): Bounds => SESSION_OPTION_RULES[name] as Bounds;
const millisecondsOf = (value: unknown): number => parseDuration(value)!;

/** Other options that leave room for every option at its least, or at its greatest. */
const ROOM_AT_MIN: SessionOptionsInput = { idleTimeout: '1s', touchInterval: 0 };
const ROOM_AT_MAX: SessionOptionsInput = {
  idleTimeout: '2d',
  anonymousIdleTimeout: '2d',
  absoluteTimeout: '365d',
  tombstoneTtl: '365d',
};

const resolveOne = (name: Name, value: unknown, others: SessionOptionsInput = {}) =>
  resolveSessionOptions({ ...others, [name]: value })[
    (SESSION_OPTION_RULES[name].kind === 'duration' ? `${name}Ms` : name) as keyof SessionOptions
  ];

function refusalOf(input: SessionOptionsInput): SessionConfigInvalidError {
  try {
    resolveSessionOptions(input);
  } catch (error) {
    if (error instanceof SessionConfigInvalidError) return error;
    throw error;
  }
  throw new Error('The options were accepted');
}

describe('session options', () => {
  it('have these defaults', () => {
    expect(resolveSessionOptions()).toEqual({
      idleTimeoutMs: 1_800_000,
      absoluteTimeoutMs: 43_200_000,
      anonymousIdleTimeoutMs: 1_800_000,
      touchIntervalMs: 60_000,
      maxSessionsPerUser: 0,
      onLimit: 'evict-oldest',
      rotationIntervalMs: 0,
      rotationGracePeriodMs: 60_000,
      rotationRetryMs: 30_000,
      stragglerWindowMs: 60_000,
      tombstoneTtlMs: 86_400_000,
      storeTimeoutMs: 2_000,
      sweepIntervalMs: 10_000,
      sweepBudget: 100,
      maxDataBytes: 65_536,
      audit: true,
      outboxMaxBytes: 8_388_608,
      adminIndex: false,
      liveCheckIntervalMs: 5_000,
      liveOutageGraceMs: 30_000,
      liveCloseGraceMs: 5_000,
      liveActivity: 'messages',
    });
  });

  it('cannot be changed once resolved', () => {
    expect(Object.isFrozen(resolveSessionOptions())).toBe(true);
  });

  it('take the default for an option that is undefined', () => {
    expect(resolveSessionOptions({ idleTimeout: undefined })).toEqual(resolveSessionOptions());
  });

  it('keep a zero that was asked for', () => {
    expect(resolveOne('touchInterval', 0)).toBe(0);
  });
});

describe.each(namesOf('duration'))('the duration %s', (name) => {
  const { min, max } = boundsOf(name);
  const [least, greatest] = [millisecondsOf(min), millisecondsOf(max)];

  it('may be its least', () => {
    expect(resolveOne(name, min, ROOM_AT_MIN)).toBe(least);
    expect(resolveOne(name, least, ROOM_AT_MIN)).toBe(least);
  });

  it('may be its greatest', () => {
    expect(resolveOne(name, max, ROOM_AT_MAX)).toBe(greatest);
    expect(resolveOne(name, greatest, ROOM_AT_MAX)).toBe(greatest);
  });

  it.each([
    ['a millisecond below', least - 1, `${least - 1}`],
    ['a millisecond above', greatest + 1, `${greatest + 1}`],
    ['above, as a text', `${greatest + 1}ms`, `"${greatest + 1}ms"`],
    ['no duration', 'soon', '"soon"'],
    ['empty', '', '""'],
    ['not a number', NaN, 'NaN'],
    ['endless', Infinity, 'Infinity'],
    ['a fraction', least + 0.5, `${least + 0.5}`],
    ['a boolean', true, 'true'],
    ['an object', { password: 'secret' }, 'object'],
    ['an array', ['30m'], 'object'],
    ['a function', () => '30m', 'function'],
  ])('may not be %s', (_, value, told) => {
    const error = refusalOf({ [name]: value });

    expect(error.code).toBe('SESSION_CONFIG_INVALID');
    expect(error.option).toBe(name);
    expect(error.message).toBe(
      `Option "${name}" must be a duration from ${min} to ${max}; got ${told}`,
    );
  });
});

describe.each(namesOf('count'))('the count %s', (name) => {
  const { min, max } = boundsOf(name) as { readonly min: number; readonly max: number };

  it('may be its least and its greatest', () => {
    expect(resolveOne(name, min)).toBe(min);
    expect(resolveOne(name, max)).toBe(max);
  });

  it.each([
    ['one below', min - 1, `${min - 1}`],
    ['one above', max + 1, `${max + 1}`],
    ['a fraction', min + 0.5, `${min + 0.5}`],
    ['not a number', NaN, 'NaN'],
    ['endless', Infinity, 'Infinity'],
    ['a text', `${min}`, `"${min}"`],
    ['a boolean', true, 'true'],
    ['an object', {}, 'object'],
  ])('may not be %s', (_, value, told) => {
    const error = refusalOf({ [name]: value });

    expect(error.option).toBe(name);
    expect(error.message).toBe(
      `Option "${name}" must be a whole number from ${min} to ${max}; got ${told}`,
    );
  });
});

describe('the choice onLimit', () => {
  it.each(['evict-oldest', 'reject'])('may be %s', (choice) => {
    expect(resolveOne('onLimit', choice)).toBe(choice);
  });

  it.each([
    ['', '""'],
    ['Reject', '"Reject"'],
    [0, '0'],
    [true, 'true'],
    [['reject'], 'object'],
  ])('may not be %j', (value, told) => {
    const error = refusalOf({ onLimit: value as 'reject' });

    expect(error.option).toBe('onLimit');
    expect(error.message).toBe(`Option "onLimit" must be one of evict-oldest, reject; got ${told}`);
  });
});

describe.each(namesOf('switch'))('the switch %s', (option) => {
  it.each([true, false])('may be %p', (value) => {
    expect(resolveOne(option, value)).toBe(value);
  });

  it.each([
    ['true', '"true"'],
    [1, '1'],
    [0, '0'],
    [{}, 'object'],
  ])('may not be %j', (value, told) => {
    const error = refusalOf({ [option]: value });

    expect(error.option).toBe(option);
    expect(error.message).toBe(`Option "${option}" must be true or false; got ${told}`);
  });
});

describe('options that depend on each other', () => {
  it.each<[string, SessionOptionsInput]>([
    ['an idle timeout equal to the absolute one', { idleTimeout: '2h', absoluteTimeout: '2h' }],
    ['a touch interval just below the idle timeout', { idleTimeout: 60_001 }],
    ['a touch interval just below the anonymous one', { anonymousIdleTimeout: 60_001 }],
    ['a rotation interval of grace and retry together', { rotationInterval: '90s' }],
    [
      'a rotation interval of the straggler window',
      { rotationInterval: '5m', stragglerWindow: '5m' },
    ],
    ['any grace without a rotation interval', { rotationGracePeriod: '1h', rotationRetry: '1h' }],
    ['a tombstone for the straggler window', { tombstoneTtl: '60s', stragglerWindow: '60s' }],
  ])('allow %s', (_, input) => {
    expect(() => resolveSessionOptions(input)).not.toThrow();
  });

  it.each<[Name, string, unknown, SessionOptionsInput]>([
    ['idleTimeout', 'must not exceed absoluteTimeout', '2h', { absoluteTimeout: 7_199_999 }],
    [
      'touchInterval',
      'must be less than idleTimeout and anonymousIdleTimeout',
      '5m',
      { idleTimeout: '5m' },
    ],
    [
      'touchInterval',
      'must be less than idleTimeout and anonymousIdleTimeout',
      '5m',
      { anonymousIdleTimeout: '5m' },
    ],
    [
      'rotationInterval',
      'must be 0, or at least rotationGracePeriod and rotationRetry together',
      89_999,
      {},
    ],
    [
      'rotationInterval',
      'must be 0, or at least stragglerWindow',
      299_999,
      { stragglerWindow: '5m' },
    ],
    ['tombstoneTtl', 'must not be less than stragglerWindow', '1m', { stragglerWindow: 60_001 }],
  ])('name %s where it %s', (name, rule, value, others) => {
    const error = refusalOf({ ...others, [name]: value });

    expect(error.option).toBe(name);
    expect(error.rule).toBe(rule);
    expect(error.message).toBe(`Option "${name}" ${rule}; got ${JSON.stringify(value)}`);
  });

  it('tell the default where that is what does not fit', () => {
    const error = refusalOf({ absoluteTimeout: '10m' });

    expect(error.message).toBe('Option "idleTimeout" must not exceed absoluteTimeout; got "30m"');
  });
});

describe('a wrong value in an error', () => {
  it('is cut short', () => {
    const error = refusalOf({ idleTimeout: 'x'.repeat(10_000) as '1s' });

    expect(error.message.length).toBeLessThan(200);
  });

  it('is not shown if it has parts, which may be secret', () => {
    const error = refusalOf({ idleTimeout: { toJSON: () => 'secret' } as unknown as '1s' });

    expect(error.message).not.toContain('secret');
  });

  it('is escaped, so that it cannot forge a log line', () => {
    const error = refusalOf({ idleTimeout: 'a\nb' as '1s' });

    expect(error.message).not.toContain('\n');
  });
});

describe('a duration outside the table', () => {
  it('is held to the same rule', () => {
    const bounds = { min: '1m', max: '1h' } as const;

    expect(resolveDuration('retention', '1m', bounds)).toBe(60_000);
    expect(() => resolveDuration('retention', '59s', bounds)).toThrow(
      'Option "retention" must be a duration from 1m to 1h; got "59s"',
    );
    expect(() => resolveDuration('retention', undefined, bounds)).toThrow(
      SessionConfigInvalidError,
    );
  });
});

describe('a rule in words', () => {
  it.each(names)('is what an error about %s says', (name) => {
    const error = refusalOf({ [name]: {} });

    expect(error.rule).toBe(describeRule(SESSION_OPTION_RULES[name]));
  });
});
