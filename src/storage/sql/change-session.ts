import { sameTokenHash, shardOfSession, type SessionId, type TokenHash } from '../../core/ids.js';
import type {
  Operation,
  RevokeRequest,
  RevokeResult,
  RotateRequest,
  RotateResult,
  SaveRequest,
  SaveResult,
} from '../../core/session-store.js';
import { factOf } from '../../core/audit/audit-facts.js';
import type { Steps } from './database.js';
import { ownClock } from './spellings.js';
import { endOne } from './end-sessions.js';
import {
  belongsTo,
  mayRotate,
  rotated,
  saved,
  seen,
  tooLargeToSave,
} from '../../core/session-changes.js';
import { assignments, sql, type Statement } from './sql.js';
import { live, replaceSession } from './session-steps.js';
import type { ShardChange } from './shard-change.js';
import { aliveAt, atLeast, epochOf, records } from './tables.js';

export function* saveSession(change: ShardChange, request: SaveRequest): Steps<SaveResult> {
  const session = yield* live(change, request.id);
  if (!session) return { result: 'gone' };
  if (request.ifVersion !== undefined && request.ifVersion !== session.version)
    return { result: 'conflict' };
  const after = saved(session, request, change.operation.now);
  const tooLarge = tooLargeToSave(session, after, request);
  if (tooLarge) return tooLarge;
  const { version } = yield* replaceSession(session, after);
  return { result: 'saved', version };
}

export function* rotateSession(change: ShardChange, request: RotateRequest): Steps<RotateResult> {
  const session = yield* live(change, request.id);
  if (!session) return { result: 'gone' };
  if (sameTokenHash(session.tokenHash, request.to)) return { result: 'rotated', session };
  if (!mayRotate(session, request)) return { result: 'lost', session };
  const after = yield* replaceSession(session, rotated(session, request, change.operation.now));
  const { id, user } = session;
  const { reauthenticated } = request;
  if (user && !reauthenticated) change.record(factOf('session.rotated', { user, id }));
  if (user && reauthenticated)
    change.record({
      ...factOf('session.reauthenticated', { user, id }),
      methods: reauthenticated.methods,
    });
  return { result: 'rotated', session: after };
}

export function* revokeSession(
  change: ShardChange,
  { id, reason, only, eventType = 'session.revoked' }: RevokeRequest,
): Steps<RevokeResult> {
  const session = yield* live(change, id, ({ user }) => belongsTo(user, only));
  if (!session) return { result: 'gone' };
  const { now } = change.operation;
  yield* endOne(change, session, { state: 'revoked', reason, at: now, fact: eventType });
  return { result: 'revoked', session };
}

/** Hits a live session only. */
export const touchStatement = (id: SessionId, operation: Operation, notAfter: number): Statement =>
  sql`update ${records}
    set ${assignments({ last_seen_at: atLeast('last_seen_at', operation.now) })}
    where ${isLive(id, operation, notAfter)}`;

/** For a session that no touch has hit: ends it where it is past its end. */
export function* touchSession(change: ShardChange, id: SessionId): Steps<'touched' | 'gone'> {
  const session = yield* live(change, id);
  if (!session) return 'gone';
  yield* replaceSession(session, seen(session, change.operation.now));
  return 'touched';
}

/** Hits a live session with this token in force only. */
export const confirmStatement = (
  { id, token }: { readonly id: SessionId; readonly token: TokenHash },
  operation: Operation,
  notAfter: number,
): Statement =>
  sql`update ${records}
    set ${assignments({ confirmed_at: sql`coalesce(confirmed_at, ${operation.now})` })}
    where ${isLive(id, operation, notAfter)} and token_hash = ${token}`;

/** For a session that no confirmation has hit. */
export function* confirmSession(
  change: ShardChange,
  id: SessionId,
  token: TokenHash,
): Steps<'confirmed' | 'lost' | 'gone'> {
  const session = yield* live(change, id);
  if (!session) return 'gone';
  if (!sameTokenHash(token, session.tokenHash)) return 'lost';
  const confirmedAt = session.confirmedAt ?? change.operation.now;
  yield* replaceSession(session, { ...session, confirmedAt });
  return 'confirmed';
}

/** `notAfter` on the database's clock: a statement that waited too long there changes nothing. */
const isLive = (id: SessionId, { now }: Operation, notAfter: number): Statement =>
  sql`id = ${id} and ${aliveAt(now, epochOf(shardOfSession(id)))} and ${ownClock} < ${notAfter}`;
