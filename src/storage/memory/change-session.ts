import { sameTokenHash, type SessionId, type TokenHash } from '../../core/ids.js';
import type { SessionData, SessionRecord } from '../../core/session-record.js';
import type {
  Operation,
  RevokeRequest,
  RevokeResult,
  SaveRequest,
  SaveResult,
} from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import type { MemoryShard } from './memory-shard.js';

export function saveSession(
  shard: MemoryShard,
  request: SaveRequest,
  operation: Operation,
): SaveResult {
  const session = shard.live(request.id, operation);
  if (session === undefined) return { result: 'gone' };
  if (request.ifVersion !== undefined && request.ifVersion !== session.version)
    return { result: 'conflict' };
  const changes = Object.keys(request.set).length + request.remove.length;
  const { version } = shard.put({
    ...(request.activity === 'none' ? session : seen(session, operation.now)),
    version: changes > 0 ? session.version + 1 : session.version,
    data: withChanges(session.data, request),
  });
  return { result: 'saved', version };
}

export function touchSession(
  shard: MemoryShard,
  id: SessionId,
  operation: Operation,
): 'touched' | 'gone' {
  const session = shard.live(id, operation);
  if (session === undefined) return 'gone';
  shard.put(seen(session, operation.now));
  return 'touched';
}

export function confirmSession(
  shard: MemoryShard,
  id: SessionId,
  token: TokenHash,
  operation: Operation,
): 'confirmed' | 'lost' | 'gone' {
  const session = shard.live(id, operation);
  if (session === undefined) return 'gone';
  if (!sameTokenHash(token, session.tokenHash)) return 'lost';
  shard.put({ ...session, confirmedAt: session.confirmedAt ?? operation.now });
  return 'confirmed';
}

export function revokeSession(
  shard: MemoryShard,
  { id, reason, only, eventType = 'session.revoked' }: RevokeRequest,
  operation: Operation,
): RevokeResult {
  const stored = shard.records.get(id);
  if (stored === undefined || !belongsTo(stored.user, only)) return { result: 'gone' };
  const session = shard.live(id, operation);
  if (session === undefined) return { result: 'gone' };
  shard.end(session, { state: 'revoked', reason, at: operation.now, fact: eventType }, operation);
  return { result: 'revoked', session };
}

const seen = (session: SessionRecord, now: number): SessionRecord => ({
  ...session,
  lastSeenAt: Math.max(session.lastSeenAt, now),
});

/** Own properties throughout, so that a key such as `__proto__` is one like any other. */
function withChanges(data: SessionData, { set, remove }: SaveRequest): SessionData {
  const kept = Object.entries(data).filter(([key]) => !remove.includes(key));
  return Object.fromEntries([...kept, ...Object.entries(set)]);
}

const belongsTo = (user: User | undefined, { tenantId, userId }: Partial<User> = {}): boolean =>
  (tenantId === undefined || tenantId === user?.tenantId) &&
  (userId === undefined || userId === user?.userId);
