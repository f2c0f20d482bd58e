import { checkOptions, type ConnectRedisOptions } from './connect-redis-options.js';

const client = {
  get: async () => null,
  pttl: async () => -2,
  del: async () => 0,
};
const VALID: ConnectRedisOptions = { client, secret: 'legacy-secret', until: '2027-01-31' };

describe('checkOptions', () => {
  it("takes connect-redis' and express-session's own defaults", () => {
    expect(checkOptions(VALID)).toMatchObject({
      prefix: 'sess:',
      cookieName: 'connect.sid',
      secrets: ['legacy-secret'],
    });
  });

  it.each([
    ['a Date', new Date('2027-01-31T00:00:00Z')],
    ['an ISO 8601 date', '2027-01-31'],
    ['an ISO 8601 instant', '2027-01-31T01:00:00+01:00'],
    ['milliseconds', Date.UTC(2027, 0, 31)],
  ])('takes %s as until', (_name, until) => {
    expect(checkOptions({ ...VALID, until }).until).toBe(Date.UTC(2027, 0, 31));
  });

  it.each<[string, Record<string, unknown>]>([
    ['client', { client: undefined }],
    ['client', { client: { get: client.get } }],
    ['prefix', { prefix: 7 }],
    ['cookieName', { cookieName: '' }],
    ['cookieName', { cookieName: 'a;b' }],
    ['secret', { secret: '' }],
    ['secret', { secret: [] }],
    ['secret', { secret: undefined }],
    ['userIdOf', { userIdOf: 'user' }],
    ['until', { until: undefined }],
    ['until', { until: null }],
    ['until', { until: 'next week' }],
    ['until', { until: '1' }],
    ['until', { until: new Date(Number.NaN) }],
    ['until', { until: 0 }],
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: '1h' }],
  ])('refuses a wrong %s: %j', (option, wrong) => {
    const check = () => checkOptions({ ...VALID, ...wrong });

    expect(check).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option: `adopt.${option}` }),
    );
  });

  it('shows no secret in an error', () => {
    const secret = ['legacy-secret', ''];

    expect(() => checkOptions({ ...VALID, secret })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('legacy-secret') }),
    );
  });

  it.each([
    [{ passport: { user: 'ada' } }, 'ada'],
    [{ passport: { user: 7 } }, '7'],
    [{ passport: { user: { id: 7 } } }, undefined],
    [{ passport: {} }, undefined],
    [{ passport: null }, undefined],
    [{}, undefined],
  ])("reads passport's user by default: %j", (data, expected) => {
    expect(checkOptions(VALID).userIdOf(data)).toBe(expected);
  });
});
