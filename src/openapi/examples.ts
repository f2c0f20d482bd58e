import type {
  AuditEventView,
  JobView,
  OverviewView,
  RevokeJobView,
  VerifyJobView,
} from '../admin/admin-views.js';
import type { SessionView } from '../core/directory/session-view.js';

const NOW = '2026-11-22T10:40:00.000Z';
const CREATED = '2026-11-22T10:05:00.000Z';
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

export const session: SessionView = {
  id: 'ABcDeFgHiJkLmNoPqRsTuVwX',
  tenantId: 'acme',
  userId: 'alice',
  createdAt: CREATED,
  authenticatedAt: CREATED,
  lastSeenAt: '2026-11-22T10:35:00.000Z',
  expiresAt: '2026-11-22T11:05:00.000Z',
  methods: ['pwd'],
  device: {
    ip: '203.0.113.7',
    userAgent: USER_AGENT,
    label: 'Firefox on Linux',
    place: 'Vienna, Austria',
  },
  impersonatorId: null,
  current: false,
};

export const auditEvent: AuditEventView = {
  eventId: 'k3J9pQ2xYt0aBcDeFgHiJg',
  type: 'session.revoked',
  occurredAt: NOW,
  recordedAt: '2026-11-22T10:40:00.250Z',
  outcome: 'success',
  reason: 'stolen-device',
  initiator: 'admin',
  actorId: 'olivia',
  tenantId: 'acme',
  userId: 'alice',
  sessionId: session.id,
  requestId: null,
  ip: '198.51.100.4',
  userAgent: USER_AGENT,
  methods: null,
  details: null,
  chain: 17,
  chainSeq: 4711,
};

const jobBase = {
  id: 'Zm9vYmFyYmF6cXV4MTIzNA',
  startedAt: NOW,
  updatedAt: NOW,
  errorCode: null,
} as const;

export const revokeJob: RevokeJobView = {
  ...jobBase,
  kind: 'revoke',
  state: 'running',
  progress: { done: 200, total: 512 },
  matched: 512,
  ended: 200,
  max: 1_000,
  before: NOW,
};

export const everythingJob: JobView = {
  ...jobBase,
  kind: 'revoke-everything',
  state: 'running',
  progress: { done: 12, total: 64 },
};

export const verifyJob: VerifyJobView = {
  ...jobBase,
  kind: 'verify-audit',
  state: 'done',
  progress: { done: 18_220, total: 18_220 },
  result: {
    valid: true,
    rows: 18_220,
    chains: 64,
    pseudonymised: 0,
    findings: [],
    findingCount: 0,
    unanchored: [],
  },
};

export const overview: OverviewView = {
  now: NOW,
  live: { sessions: 1_204, users: 873 },
  activity: {
    from: '2026-11-21T11:00:00.000Z',
    to: '2026-11-22T11:00:00.000Z',
    bucketMs: 3_600_000,
    signIns: [{ from: '2026-11-22T10:00:00.000Z', count: 96 }],
    endings: [{ from: '2026-11-22T10:00:00.000Z', state: 'revoked', reason: 'logout', count: 41 }],
    failedLogins: [{ from: '2026-11-22T10:00:00.000Z', count: 3 }],
  },
  devices: {
    sampled: 1_000,
    complete: false,
    browsers: [
      { name: 'Chrome', count: 700 },
      { name: 'Firefox', count: 300 },
    ],
    systems: [
      { name: 'Windows', count: 600 },
      { name: 'Linux', count: 400 },
    ],
  },
  health: {
    store: {
      available: true,
      description: 'Redis at 127.0.0.1:6379',
      details: { shards: 64, clockOffsetMs: 3, memoryPolicy: 'noeviction', push: 'connected' },
    },
    sweeperLagMs: 0,
    outbox: { entries: 2, bytes: 612, oldestAgeMs: 140 },
    relay: {
      waiting: 2,
      oldestAgeMs: 140,
      rejected: 0,
      lastErrorCode: null,
      cutOff: [],
      lastSuccessAt: NOW,
    },
    verification: verifyJob,
    factsDropped: 0,
  },
};
