import { tooLargeToCreate } from '../../core/session-changes.js';
import { SESSION_LIMIT } from '../../core/policy/session-policy.js';
import type { SessionRecord } from '../../core/session-record.js';
import type {
  CreateRequest,
  CreateResult,
  EndedSession,
  Operation,
} from '../../core/session-store.js';
import { userKey, type User } from '../../core/user.js';
import { factOf, partOf } from '../../core/audit/audit-facts.js';
import type { MemoryShard } from './memory-shard.js';

export function createSession(
  shard: MemoryShard,
  request: CreateRequest,
  operation: Operation,
): CreateResult {
  const tooLarge = tooLargeToCreate(request);
  if (tooLarge) return tooLarge;
  const { id, tokenHash, user } = request.session;
  if (shard.stored(id) !== undefined) {
    const session = shard.live(id, operation);
    return session?.tokenHash === tokenHash
      ? { result: 'created', session, ended: [] }
      : { result: 'taken' };
  }
  if (user === undefined) return insert(shard, request, operation, []);
  return createForUser(shard, { ...request, user }, operation);
}

function createForUser(
  shard: MemoryShard,
  request: CreateRequest & { readonly user: User },
  operation: Operation,
): CreateResult {
  const { user, limit } = request;
  const until = shard.blocks.get(userKey(user));
  if (until !== undefined && until > operation.now) return { result: 'blocked', until };
  if (shard.outbox.bytes > 2 * shard.settings.outboxMaxBytes) return { result: 'backlog' };
  if (limit === undefined) return insert(shard, request, operation, []);
  const { live, ended } = shard.walk(user, operation);
  const excess = live.length + 1 - limit.max;
  if (excess > 0 && limit.onLimit === 'reject') return { result: 'limit-reached', ended };
  const evicted = live
    .sort(byLastSeen)
    .slice(0, Math.max(excess, 0))
    .map((session) => evict(shard, session, operation));
  return insert(shard, request, operation, [...ended, ...evicted]);
}

function insert(
  shard: MemoryShard,
  { session, eventType = 'session.created' }: CreateRequest,
  operation: Operation,
  ended: readonly EndedSession[],
): CreateResult {
  const { id, user } = session;
  const created = shard.put({
    ...structuredClone(session),
    state: 'active',
    epoch: shard.epoch,
    version: 1,
  });
  if (user !== undefined) shard.record(factOf(eventType, { user, id }), operation);
  return { result: 'created', session: created, ended };
}

const evict = (shard: MemoryShard, session: SessionRecord, operation: Operation): EndedSession =>
  shard.end(
    session,
    { state: 'evicted', reason: SESSION_LIMIT, at: operation.now, fact: 'session.evicted' },
    partOf(operation, session.id, {
      ...operation.context,
      initiator: 'policy',
    }),
  );

const byLastSeen = (left: SessionRecord, right: SessionRecord): number =>
  left.lastSeenAt - right.lastSeenAt || (left.id < right.id ? -1 : 1);
