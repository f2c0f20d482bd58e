import { sameTokenHash } from '../../core/ids.js';
import type { SessionData, SessionRecord } from '../../core/session-record.js';
import type { RotateRequest, SaveRequest } from '../../core/session-store.js';
import type { User } from '../../core/user.js';

/** The record once the named keys are written. Where there are none its version stays. */
export function saved(session: SessionRecord, request: SaveRequest, now: number): SessionRecord {
  const changes = Object.keys(request.set).length + request.remove.length;
  const before = request.activity === 'none' ? session : seen(session, now);
  if (changes === 0) return before;
  return {
    ...before,
    version: session.version + 1,
    data: withChanges(session.data, request),
  };
}

export const seen = (session: SessionRecord, now: number): SessionRecord => ({
  ...session,
  lastSeenAt: Math.max(session.lastSeenAt, now),
});

export const mayRotate = (session: SessionRecord, request: RotateRequest): boolean =>
  sameTokenHash(request.from, session.tokenHash) &&
  (request.replaceUnconfirmed !== true ||
    (session.previousTokenHash !== undefined &&
      session.rotation === 'periodic' &&
      session.confirmedAt === undefined));

export const rotated = (
  session: SessionRecord,
  request: RotateRequest,
  now: number,
): SessionRecord => ({
  ...withNewToken(seen(session, now), request, now),
  ...renewal(request, now),
});

export const belongsTo = (
  user: User | undefined,
  { tenantId, userId }: Partial<User> = {},
): boolean =>
  (tenantId === undefined || tenantId === user?.tenantId) &&
  (userId === undefined || userId === user?.userId);

function withChanges(data: SessionData, { set, remove }: SaveRequest): SessionData {
  const kept = Object.entries(data).filter(([key]) => !remove.includes(key));
  return Object.fromEntries([...kept, ...Object.entries(set)]);
}

function withNewToken(
  session: SessionRecord,
  { to, kind, replaceUnconfirmed }: RotateRequest,
  now: number,
): SessionRecord {
  if (replaceUnconfirmed === true) return { ...session, tokenHash: to, rotatedAt: now };
  const { confirmedAt: _, ...rest } = session;
  return {
    ...rest,
    tokenHash: to,
    previousTokenHash: session.tokenHash,
    generation: session.generation + 1,
    rotatedAt: now,
    rotation: kind,
  };
}

const renewal = ({ reauthenticated }: RotateRequest, now: number): Partial<SessionRecord> =>
  reauthenticated === undefined
    ? {}
    : {
        authenticatedAt: now,
        methods: [...reauthenticated.methods],
        absoluteExpiresAt: reauthenticated.absoluteExpiresAt,
      };
