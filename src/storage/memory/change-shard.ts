import type {
  EndedSession,
  Operation,
  RevokeAllRequest,
  SweepResult,
} from '../../core/session-store.js';
import { ALL_REVOKED } from '../../core/policy/session-policy.js';
import { userKey, type User } from '../../core/user.js';
import { factOf, partOf, type Fact } from '../../core/audit/audit-facts.js';
import type { MemoryShard } from './memory-shard.js';
import { take } from './take.js';

export function revokeAllSessions(
  shard: MemoryShard,
  { user, reason, except, before = Infinity }: RevokeAllRequest,
  operation: Operation,
): readonly EndedSession[] {
  const { live, ended } = shard.walk(user, operation);
  const revoked = live
    .filter(({ id, createdAt }) => id !== except && createdAt < before)
    .map((session) =>
      shard.end(
        session,
        { state: 'revoked', reason, at: operation.now, fact: 'session.revoked' },
        partOf(operation, session.id),
      ),
    );
  return [...ended, ...revoked];
}

export function sweepShard(shard: MemoryShard, budget: number, operation: Operation): SweepResult {
  const due = take(shard.expiries.after(), budget).filter(({ score }) => score <= operation.now);
  const { ended } = shard.settle(due, operation);
  const next = shard.expiries.first();
  return { ended, more: next !== undefined && next.score <= operation.now };
}

export function blockUser(
  shard: MemoryShard,
  user: User,
  until: number,
  operation: Operation,
): void {
  if (until > operation.now) shard.blocks.set(userKey(user), until, until);
  else shard.blocks.delete(userKey(user));
  shard.record(factOf('user.blocked', { user }), operation);
}

export function startEpoch(shard: MemoryShard, operation: Operation): void {
  shard.epoch = Math.max(operation.now, shard.epoch + 1);
  shard.expiries.rescore(0);
  shard.record({ type: 'sessions.all_revoked', reason: ALL_REVOKED }, operation);
}

/** False: dropped, because too much waits already. */
export function appendFact(shard: MemoryShard, fact: Fact, operation: Operation): boolean {
  if (shard.outbox.bytes > shard.settings.outboxMaxBytes) return false;
  shard.record(fact, operation);
  return true;
}
