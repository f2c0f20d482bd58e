import { sameTokenHash } from './ids.js';
import { applyChanges } from './session-data.js';
import type { SessionRecord } from './session-record.js';
import type { RotateRequest, SaveRequest } from './session-store.js';
import type { User } from './user.js';

/** The record once the named keys are written. Where there are none its version stays. */
export function saved(session: SessionRecord, request: SaveRequest, now: number): SessionRecord {
  const changes = Object.keys(request.set).length + request.remove.length;
  const before = request.activity === 'none' ? session : seen(session, now);
  if (changes === 0) return before;
  return {
    ...before,
    version: session.version + 1,
    data: applyChanges(session.data, request),
  };
}

/** Activity never moves back. */
export const seen = (session: SessionRecord, now: number): SessionRecord => ({
  ...session,
  lastSeenAt: Math.max(session.lastSeenAt, now),
});

/** Whether the token may be exchanged as asked: it is in force, and unused where it has to be. */
export const mayRotate = (session: SessionRecord, request: RotateRequest): boolean =>
  sameTokenHash(request.from, session.tokenHash) &&
  (request.replaceUnconfirmed !== true ||
    (session.previousTokenHash !== undefined &&
      session.rotation === 'periodic' &&
      session.confirmedAt === undefined));

/** The record once its token is exchanged, and the proof of identity renewed if one was given. */
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
