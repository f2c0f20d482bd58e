import { toSessionInfo } from '../session-info.js';
import type { SessionRecord } from '../session-record.js';
import { toSessionView, type SessionView } from './session-view.js';
import { aRecord, aTokenOf, NOW } from '../../../test/support/records.js';

const session: SessionRecord = aRecord({
  user: { tenantId: 'acme', userId: 'alice' },
  createdAt: NOW,
  authenticatedAt: NOW + 1,
  lastSeenAt: NOW + 2,
  idleTimeoutMs: 1_000,
  absoluteExpiresAt: NOW + 5_000,
  methods: ['pwd', 'otp'],
  device: { ip: '192.0.2.1', userAgent: 'Agent/1.0', label: 'Agent' },
  impersonatorId: 'olivia',
  previousTokenHash: aTokenOf(aRecord()).tokenHash,
  data: { secret: '"kept"' },
});

const viewOf = (record: SessionRecord, currentId?: string): SessionView =>
  toSessionView(toSessionInfo(record), currentId);

describe('the view of a session', () => {
  it('has exactly these fields', () => {
    expect(viewOf(session)).toEqual({
      id: session.id,
      tenantId: 'acme',
      userId: 'alice',
      createdAt: '2027-01-15T08:00:00.000Z',
      authenticatedAt: '2027-01-15T08:00:00.001Z',
      lastSeenAt: '2027-01-15T08:00:00.002Z',
      expiresAt: '2027-01-15T08:00:01.002Z',
      methods: ['pwd', 'otp'],
      device: { ip: '192.0.2.1', userAgent: 'Agent/1.0', label: 'Agent', place: null },
      impersonatorId: 'olivia',
      current: false,
    });
  });

  it('has the same fields, empty, for an anonymous session of an unknown device', () => {
    const anonymous = aRecord({
      user: undefined,
      authenticatedAt: undefined,
      methods: [],
      device: {},
    });

    const view = viewOf(anonymous);

    expect(Object.keys(view)).toEqual(Object.keys(viewOf(session)));
    expect(view).toMatchObject({
      tenantId: '',
      userId: null,
      authenticatedAt: null,
      device: { ip: null, userAgent: null, label: null, place: null },
      impersonatorId: null,
    });
  });

  it('shows no hash, no data, and nothing that comes to be known of a session', () => {
    const secrets = { refreshToken: 'refresh-secret' };

    const text = JSON.stringify(toSessionView({ ...toSessionInfo(session), ...secrets }));

    expect(text).not.toContain(session.tokenHash);
    expect(text).not.toContain(session.previousTokenHash);
    expect(text).not.toContain('kept');
    expect(text).not.toContain('refresh-secret');
  });

  it('marks the session of the request that asks', () => {
    expect(viewOf(session, session.id).current).toBe(true);
    expect(viewOf(session, aRecord().id).current).toBe(false);
  });

  it('says where its address is, where that is known', () => {
    expect(toSessionView(toSessionInfo(session), undefined, 'Vienna').device.place).toBe('Vienna');
  });

  it('expires at the earlier deadline', () => {
    const busy = { ...session, lastSeenAt: NOW + 4_500 };

    expect(viewOf(busy).expiresAt).toBe('2027-01-15T08:00:05.000Z');
  });
});
