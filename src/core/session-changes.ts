import { sameTokenHash } from './ids.js';
import { applyChanges, bytesTooLarge } from './session-data.js';
import type { SessionData, SessionRecord } from './session-record.js';
import type { CreateRequest, DataTooLarge, RotateRequest, SaveRequest } from './session-store.js';
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

/** What refuses a session before anything is looked at. */
export const tooLargeToCreate = ({
  session,
  maxDataBytes,
}: CreateRequest): DataTooLarge | undefined => tooLarge({}, session.data, maxDataBytes);

/** What refuses a save; `after` is the record once it were done. */
export const tooLargeToSave = (
  before: SessionRecord,
  after: SessionRecord,
  { maxDataBytes }: SaveRequest,
): DataTooLarge | undefined => tooLarge(before.data, after.data, maxDataBytes);

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

function tooLarge(
  before: SessionData,
  after: SessionData,
  maxBytes: number | undefined,
): DataTooLarge | undefined {
  const bytes = maxBytes === undefined ? undefined : bytesTooLarge(before, after, maxBytes);
  return bytes === undefined ? undefined : { result: 'too-large', bytes };
}
