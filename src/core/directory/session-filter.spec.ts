import { SessionInputInvalidError } from '../errors.js';
import { matcherOf, partsOfLabel, type SessionFilter } from './session-filter.js';
import type { SessionRecord } from '../session-record.js';
import { aLogin, issued, openCore } from '../../../test/support/core-under-test.js';

const CREATED = 1_000_000;

describe('a filter of sessions', () => {
  let session: SessionRecord;

  beforeEach(async () => {
    const core = await openCore();
    const login = aLogin({ userId: 'alice', tenantId: 'acme' });
    session = {
      ...(await issued(core.lifecycle.login(login))).session,
      createdAt: CREATED,
      lastSeenAt: CREATED + 10,
      authenticatedAt: CREATED + 5,
      methods: ['pwd', 'otp'],
      device: { ip: '203.0.113.7', label: 'Mobile Safari on iOS' },
    };
  });

  it.each<SessionFilter>([
    {},
    { tenantId: 'acme' },
    { ip: '203.0.113.7' },
    { ip: '203.0.113.0/24' },
    { browser: 'mobile safari' },
    { system: 'IOS' },
    { method: 'otp' },
    { createdFrom: CREATED, createdBefore: CREATED + 1 },
    { lastSeenFrom: CREATED + 10, lastSeenBefore: CREATED + 11 },
    { authenticatedFrom: CREATED + 5, authenticatedBefore: CREATED + 6 },
  ])('%j matches', (filter) => {
    expect(matcherOf(filter)(session)).toBe(true);
  });

  it.each<SessionFilter>([
    { tenantId: '' },
    { tenantId: 'Acme' },
    { ip: '203.0.113.8' },
    { ip: '2001:db8::/32' },
    { browser: 'Safari' },
    { browser: 'iOS' },
    { system: 'i' },
    { method: 'ot' },
    { createdFrom: CREATED + 1 },
    { createdBefore: CREATED },
    { lastSeenBefore: CREATED + 10 },
    { authenticatedFrom: CREATED + 6 },
    { authenticatedBefore: CREATED + 5 },
    { method: 'otp', system: 'Linux' },
  ])('%j does not match', (filter) => {
    expect(matcherOf(filter)(session)).toBe(false);
  });

  it('matches nothing by what a session does not tell', () => {
    const { authenticatedAt: _, ...bare } = { ...session, device: {} };

    for (const filter of [{ ip: '::/0' }, { browser: 'x' }, { authenticatedBefore: Infinity }])
      expect(matcherOf(filter)(bare)).toBe(false);
  });

  it('refuses an address that is none', () => {
    expect(() => matcherOf({ ip: '203.0.113.0/33' })).toThrow(SessionInputInvalidError);
  });

  it.each([
    ['Firefox on Linux', { browser: 'Firefox', system: 'Linux' }],
    ['Unknown device', { browser: 'Unknown device' }],
    [undefined, {}],
  ])('takes the label %j apart', (label, parts) => {
    expect(partsOfLabel(label)).toEqual(parts);
  });
});
