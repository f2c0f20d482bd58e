import { z } from 'zod';
import type {
  AdminEventView,
  AuditEventView,
  AuditHistogramView,
  BlockView,
  EndedView,
  JobView,
  OverviewView,
  RevokePreviewView,
  SessionSearchView,
} from '../admin/admin-views.js';
import type { AuditFinding } from '../audit/audit-finding.js';
import type { OwnEventView } from '../audit/own-events.controller.js';
import { AUDIT_EVENT_TYPES, type JsonObject } from '../core/audit/audit-event.js';
import type { SessionView } from '../core/directory/session-view.js';
import type { DeadlinesView, ListView } from '../nest/self-service-views.js';

/*
 * What the API answers, as schemas. The compiler holds each to the type of its view; the tests hold
 * real answers to the schemas, which know no further field.
 */

const time = z.iso.datetime();
const count = z.int().min(0);
const text = z.string();
const optionalText = z.string().nullable();
const eventType = z.enum(AUDIT_EVENT_TYPES);
const outcome = z.enum(['success', 'failure']);
const initiator = z.enum(['user', 'admin', 'policy', 'system']);
const hourly = z.array(z.strictObject({ from: time, count }));
const named = z.array(z.strictObject({ name: text, count }));

export const jsonValue = z.json();

const sessionFields = {
  id: text,
  tenantId: text,
  userId: optionalText,
  createdAt: time,
  authenticatedAt: time.nullable(),
  lastSeenAt: time,
  expiresAt: time,
  methods: z.array(text),
  device: z.strictObject({
    ip: optionalText,
    userAgent: optionalText,
    label: optionalText,
    place: optionalText,
  }),
  impersonatorId: optionalText,
  current: z.boolean(),
};

export const session = z.strictObject(sessionFields) satisfies z.ZodType<SessionView>;

export const deadlines = z.strictObject({
  ...sessionFields,
  idleExpiresAt: time,
  absoluteExpiresAt: time,
  now: time,
  csrfToken: text.optional(),
}) satisfies z.ZodType<Omit<DeadlinesView, 'csrfToken'>>;

export const sessionList = z.strictObject({
  items: z.array(session),
  nextCursor: optionalText,
}) satisfies z.ZodType<ListView<SessionView>>;

export const sessionSearch = z.strictObject({
  items: z.array(session),
  nextCursor: optionalText,
  examined: count.max(1_000),
}) satisfies z.ZodType<SessionSearchView>;

export const ended = z.strictObject({ ended: count }) satisfies z.ZodType<EndedView>;

export const block = z.strictObject({
  tenantId: text,
  userId: text,
  blockedUntil: time.nullable(),
}) satisfies z.ZodType<BlockView>;

export const auditEvent = z.strictObject({
  eventId: text,
  type: eventType,
  occurredAt: time,
  recordedAt: time,
  outcome,
  reason: optionalText,
  initiator,
  actorId: optionalText,
  tenantId: optionalText,
  userId: optionalText,
  sessionId: optionalText,
  requestId: optionalText,
  ip: optionalText,
  userAgent: optionalText,
  methods: z.array(text).nullable(),
  details: (z.record(z.string(), jsonValue) as unknown as z.ZodType<JsonObject>).nullable(),
  chain: count,
  chainSeq: count,
}) satisfies z.ZodType<AuditEventView>;

export const auditList = z.strictObject({
  items: z.array(auditEvent),
  nextCursor: optionalText,
}) satisfies z.ZodType<ListView<AuditEventView>>;

export const ownEvents = z.strictObject({
  items: z.array(
    z.strictObject({
      eventId: text,
      type: eventType,
      occurredAt: time,
      outcome,
      reason: optionalText,
      initiator,
      sessionId: optionalText,
      ip: optionalText,
      userAgent: optionalText,
    }),
  ),
  nextCursor: optionalText,
}) satisfies z.ZodType<ListView<OwnEventView>>;

export const histogram = z.strictObject({
  from: time,
  to: time,
  bucketMs: count,
  total: count,
  buckets: z.array(z.strictObject({ from: time, count, failures: count })),
}) satisfies z.ZodType<AuditHistogramView>;

export const preview = z.strictObject({
  matched: count,
  complete: z.boolean(),
  before: time,
  dryRun: z.literal(true),
}) satisfies z.ZodType<RevokePreviewView>;

const jobFields = {
  id: text,
  state: z.enum(['running', 'done', 'refused', 'failed', 'interrupted']),
  startedAt: time,
  updatedAt: time,
  progress: z.strictObject({ done: count, total: count.nullable() }),
  errorCode: optionalText,
};

const finding = z.strictObject({
  code: z.enum([
    'changed',
    'personal-changed',
    'inserted',
    'moved',
    'deleted',
    'cut-off',
    'unlinked',
    'anchor-mismatch',
    'unknown-key',
    'checkpoint-changed',
  ]),
  chain: z.int(),
  chainSeq: z.int(),
  lastSeq: z.int().optional(),
  belongsAt: z.int().optional(),
  eventId: text.optional(),
  keyId: text.optional(),
}) as unknown as z.ZodType<AuditFinding>;

const verification = z.strictObject({
  valid: z.boolean(),
  rows: count,
  chains: count,
  pseudonymised: count,
  findings: z.array(finding),
  findingCount: count,
  unanchored: z.array(z.int()),
});

export const verifyJob = z.strictObject({
  ...jobFields,
  kind: z.literal('verify-audit'),
  result: verification.nullable(),
});

export const job = z.union([
  z.strictObject({
    ...jobFields,
    kind: z.literal('revoke'),
    matched: count.nullable(),
    ended: count,
    max: count,
    before: time,
  }),
  z.strictObject({ ...jobFields, kind: z.literal('revoke-everything') }),
  verifyJob,
]) satisfies z.ZodType<JobView>;

const health = z.strictObject({
  store: z.strictObject({
    available: z.boolean(),
    description: text,
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  sweeperLagMs: count,
  outbox: z.strictObject({ entries: count, bytes: count, oldestAgeMs: count.nullable() }),
  relay: z
    .strictObject({
      waiting: count,
      oldestAgeMs: count.nullable(),
      rejected: count,
      lastErrorCode: optionalText,
      cutOff: z.array(z.int()),
      lastSuccessAt: time.nullable(),
    })
    .nullable(),
  verification: verifyJob.nullable(),
  factsDropped: count,
});

export const overview = z.strictObject({
  now: time,
  live: z.strictObject({ sessions: count, users: count }),
  activity: z
    .strictObject({
      from: time,
      to: time,
      bucketMs: count,
      signIns: hourly,
      endings: z.array(z.strictObject({ from: time, state: text, reason: text, count })),
      failedLogins: hourly,
    })
    .nullable(),
  devices: z
    .strictObject({ sampled: count, complete: z.boolean(), browsers: named, systems: named })
    .nullable(),
  health: health.nullable(),
}) satisfies z.ZodType<OverviewView>;

export const adminEvent = z.union([
  z.strictObject({
    kind: z.literal('session'),
    type: eventType,
    at: time,
    sessionId: text,
    tenantId: text,
    userId: text,
    reason: optionalText,
  }),
  z.strictObject({
    kind: z.literal('fact'),
    type: eventType,
    at: time,
    tenantId: optionalText,
    userId: optionalText,
    reason: optionalText,
  }),
  z.strictObject({ kind: z.literal('resync'), at: time }),
  z.strictObject({ kind: z.literal('alive'), at: time }),
]) satisfies z.ZodType<AdminEventView>;
