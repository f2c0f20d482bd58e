import { describePolicy } from './policy-description.js';
import { resolveSessionOptions, type SessionOptionsInput } from './session-options.js';

const textOf = (input: SessionOptionsInput): readonly string[] =>
  describePolicy(resolveSessionOptions(input)).text.split('\n');

describe('the description of the policy', () => {
  it('has the decisions as values', () => {
    const described = describePolicy(
      resolveSessionOptions({ policy: 'nist-aal2', maxSessionsPerUser: 5, onLimit: 'reject' }),
    );

    expect(described).toMatchObject({
      policy: 'nist-aal2',
      idleTimeoutMs: 3_600_000,
      absoluteTimeoutMs: 86_400_000,
      anonymousIdleTimeoutMs: 1_800_000,
      rotationIntervalMs: 0,
      maxSessionsPerUser: 5,
      onLimit: 'reject',
      deviations: [],
    });
  });

  it('has them in sentences', () => {
    expect(textOf({})).toEqual([
      'A session ends after 30m of silence, and 12h after the last proof of identity however busy.',
      'A session without a user ends after 30m of silence.',
      'A user may have any number of sessions at once.',
      'A session gets a new token with every proof of identity.',
      'The timeouts are held to no preset.',
    ]);
  });

  it('names each deviation from the preset, with the bound and the reason', () => {
    const input = {
      policy: 'nist-aal3',
      absoluteTimeout: '5d',
      idleTimeout: '90m',
      justification: {
        absoluteTimeout: 'Duty lasts a working week.',
        idleTimeout: 'Ward stations; see the risk analysis.',
      },
    } as const;

    expect(describePolicy(resolveSessionOptions(input)).deviations).toEqual([
      {
        option: 'absoluteTimeout',
        valueMs: 432_000_000,
        boundMs: 43_200_000,
        justification: 'Duty lasts a working week.',
      },
      {
        option: 'idleTimeout',
        valueMs: 5_400_000,
        boundMs: 900_000,
        justification: 'Ward stations; see the risk analysis.',
      },
    ]);
    expect(textOf(input).slice(4)).toEqual([
      'The timeouts are held to NIST SP 800-63B-4 at AAL3.',
      'absoluteTimeout is 5d, looser than the 12h of the preset. Justification: Duty lasts a working week.',
      'idleTimeout is 90m, looser than the 15m of the preset. Justification: Ward stations; see the risk analysis.',
    ]);
  });

  it('says where silence ends nothing', () => {
    expect(textOf({ policy: 'nist-aal1' })[0]).toBe(
      'A session ends 30d after the last proof of identity. Silence does not end it.',
    );
  });

  it.each<[SessionOptionsInput, string]>([
    [
      { maxSessionsPerUser: 5 },
      '5 sessions at once. A login beyond that ends the session of the user seen least recently.',
    ],
    [
      { maxSessionsPerUser: 1, onLimit: 'reject' },
      '1 session at once. A login beyond that is refused.',
    ],
  ])('says what happens at the limit: %j', (input, expected) => {
    expect(textOf(input)[2]).toBe(`A user may have ${expected}`);
  });

  it('says how often tokens are exchanged', () => {
    expect(textOf({ rotationInterval: '15m' })[3]).toBe(
      'A session gets a new token with every proof of identity, and every 15m.',
    );
  });
});
