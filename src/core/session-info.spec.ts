import { toSessionInfo } from './session-info.js';
import { aRecord, aTokenOf, NOW } from '../../test/support/records.js';

const session = aRecord({
  user: { tenantId: 'acme', userId: 'alice' },
  lastSeenAt: NOW + 2,
  idleTimeoutMs: 1_000,
  absoluteExpiresAt: NOW + 5_000,
  impersonatorId: 'olivia',
  previousTokenHash: aTokenOf(aRecord()).tokenHash,
  data: { secret: '"kept"' },
});

describe('what application code learns of a session', () => {
  it('is exactly this', () => {
    expect(toSessionInfo(session)).toEqual({
      id: session.id,
      user: { tenantId: 'acme', userId: 'alice' },
      createdAt: NOW,
      authenticatedAt: NOW,
      lastSeenAt: NOW + 2,
      idleExpiresAt: NOW + 1_002,
      absoluteExpiresAt: NOW + 5_000,
      expiresAt: NOW + 1_002,
      methods: ['pwd'],
      device: { ip: '192.0.2.1', userAgent: 'Agent/1.0', label: 'Agent' },
      impersonatorId: 'olivia',
    });
  });

  it('has no key for what an anonymous session lacks', () => {
    const anonymous = aRecord({ user: undefined, authenticatedAt: undefined });

    expect(Object.keys(toSessionInfo(anonymous))).toEqual([
      'id',
      'createdAt',
      'lastSeenAt',
      'idleExpiresAt',
      'absoluteExpiresAt',
      'expiresAt',
      'methods',
      'device',
    ]);
  });

  it('is no hash, no data, and nothing that a record comes to hold', () => {
    const secrets = { refreshToken: 'refresh-secret' };

    const text = JSON.stringify(toSessionInfo({ ...session, ...secrets }));

    expect(text).not.toContain(session.tokenHash);
    expect(text).not.toContain(session.previousTokenHash);
    expect(text).not.toContain('kept');
    expect(text).not.toContain('refresh-secret');
  });
});
