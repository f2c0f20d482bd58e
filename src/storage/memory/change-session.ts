import { sameTokenHash, type SessionId, type TokenHash } from '../../core/ids.js';
import { belongsTo, saved, seen, tooLargeToSave } from '../../core/session-changes.js';
import type {
  Operation,
  RevokeRequest,
  RevokeResult,
  SaveRequest,
  SaveResult,
} from '../../core/session-store.js';
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
  const after = saved(session, request, operation.now);
  const tooLarge = tooLargeToSave(session, after, request);
  if (tooLarge) return tooLarge;
  const { version } = shard.put(after);
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
