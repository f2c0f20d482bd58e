import { sameTokenHash } from '../../core/ids.js';
import { mayRotate, rotated } from '../../core/session-changes.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { Operation, RotateRequest, RotateResult } from '../../core/session-store.js';
import { factOf } from '../../core/audit/audit-facts.js';
import type { MemoryShard } from './memory-shard.js';

export function rotateSession(
  shard: MemoryShard,
  request: RotateRequest,
  operation: Operation,
): RotateResult {
  const session = shard.live(request.id, operation);
  if (session === undefined) return { result: 'gone' };
  if (sameTokenHash(session.tokenHash, request.to)) return { result: 'rotated', session };
  if (!mayRotate(session, request)) return { result: 'lost', session };
  const after = shard.put(rotated(session, request, operation.now));
  recordRotation(shard, after, request, operation);
  return { result: 'rotated', session: after };
}

function recordRotation(
  shard: MemoryShard,
  { id, user }: SessionRecord,
  { reauthenticated }: RotateRequest,
  operation: Operation,
): void {
  if (user === undefined) return;
  const fact =
    reauthenticated === undefined
      ? factOf('session.rotated', { user, id })
      : {
          ...factOf('session.reauthenticated', { user, id }),
          methods: reauthenticated.methods,
        };
  shard.record(fact, operation);
}
