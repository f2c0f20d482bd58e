import type { AuditEvent } from '../../core/audit/audit-event.js';
import { ALL_REVOKED } from '../../core/policy/session-policy.js';
import type { EndedSession, RevokeAllRequest } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { factOf } from '../../core/audit/audit-facts.js';
import { rowOf, type Steps } from './database.js';
import { onConflict } from './spellings.js';
import { endEach } from './end-sessions.js';
import { integerIn } from './session-row.js';
import { settle } from './session-steps.js';
import type { ShardChange } from './shard-change.js';
import { insertInto, sql } from './sql.js';
import { epochOf, outboxBytesOf, shards } from './tables.js';
import { blockUntil, lockSessionsOf } from './user-steps.js';

export function* revokeAllSessions(
  change: ShardChange,
  { user, reason, except, before = Infinity }: RevokeAllRequest,
): Steps<readonly EndedSession[]> {
  const { now, context } = change.operation;
  const sessions = yield* lockSessionsOf(user);
  const row = yield* rowOf(sql`select ${epochOf(change.shard)} as shard_epoch`);
  const { live, ended } = yield* settle(change, sessions, integerIn(row!, 'shard_epoch'));
  const ending = { state: 'revoked', reason, at: now, fact: 'session.revoked' } as const;
  const revoked = live
    .filter(({ id, createdAt }) => id !== except && createdAt < before)
    .map((session) => ({ session, ending }));
  return [...ended, ...(yield* endEach(change, revoked, context))];
}

export function* blockUser(change: ShardChange, user: User, until: number): Steps<void> {
  yield* blockUntil(user, change.shard, until > change.operation.now ? until : 0);
  change.record(factOf('user.blocked', { user }));
}

/** Sessions of an older epoch are dead to every reader and writer that comes after this commits. */
export function* startEpoch(change: ShardChange): Steps<void> {
  const { now } = change.operation;
  yield sql`
    ${insertInto(shards, [{ shard: change.shard, epoch: now }])} ${onConflict('shard')}
    epoch = case when ${shards}.epoch < ${now} then ${now} else ${shards}.epoch + 1 end`;
  change.endsAll = true;
  change.record({ type: 'sessions.all_revoked', reason: ALL_REVOKED });
}

/** False: dropped, because too much waits already. With audit off it is true. */
export function* appendFact(
  change: ShardChange,
  fact: Pick<AuditEvent, 'type' | 'reason' | 'tenantId' | 'userId' | 'sessionId'>,
): Steps<boolean> {
  if (!change.settings.audit) return true;
  const row = yield* rowOf(sql`select ${outboxBytesOf(change.shard)} as outbox_bytes`);
  if (integerIn(row!, 'outbox_bytes') > change.settings.outboxMaxBytes) return false;
  change.record(fact);
  return true;
}
