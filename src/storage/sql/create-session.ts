import { tooLargeToCreate } from '../../core/session-changes.js';
import { SESSION_LIMIT } from '../../core/policy/session-policy.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { CreateRequest, CreateResult, EndedSession } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import { factOf } from '../../core/audit/audit-facts.js';
import { rowOf, type Steps } from './database.js';
import { endEach } from './end-sessions.js';
import { integerIn } from './session-row.js';
import { insertSession, live, settle } from './session-steps.js';
import type { ShardChange } from './shard-change.js';
import { sql } from './sql.js';
import { epochOf, outboxBytesOf, records } from './tables.js';
import { lockSessionsOf, lockUser } from './user-steps.js';

interface UserRequest extends CreateRequest {
  readonly user: User;
}

interface ShardFacts {
  readonly epoch: number;
  readonly outboxBytes: number;
  readonly idTaken: boolean;
}

/**
 * Whoever opens a session of a user holds the user's row from the first step on, so one after
 * the other counts, evicts and inserts, and each sees what the one before has committed.
 */
export function* createSession(change: ShardChange, request: CreateRequest): Steps<CreateResult> {
  const tooLarge = tooLargeToCreate(request);
  if (tooLarge) return tooLarge;
  const { session } = request;
  const { user } = session;
  const forgetAt = session.absoluteExpiresAt + change.settings.tombstoneTtlMs;
  const blockedUntil = user ? yield* lockUser(user, change.shard, forgetAt) : 0;
  const facts = yield* readFacts(change.shard, request);
  if (facts.idTaken) return yield* repeat(change, request);
  if (!user) return yield* insert(change, request, facts.epoch, []);
  if (blockedUntil > change.operation.now) return { result: 'blocked', until: blockedUntil };
  const { audit, outboxMaxBytes } = change.settings;
  if (audit && facts.outboxBytes > 2 * outboxMaxBytes) return { result: 'backlog' };
  return yield* createWithin(change, { ...request, user }, facts.epoch);
}

function* readFacts(shard: number, { session }: CreateRequest): Steps<ShardFacts> {
  const row = yield* rowOf(sql`
    select ${epochOf(shard)} as shard_epoch, ${outboxBytesOf(shard)} as outbox_bytes,
    (select count(*) from ${records} where id = ${session.id}) as taken`);
  return {
    epoch: integerIn(row!, 'shard_epoch'),
    outboxBytes: integerIn(row!, 'outbox_bytes'),
    idTaken: integerIn(row!, 'taken') > 0,
  };
}

function* repeat(change: ShardChange, { session }: CreateRequest): Steps<CreateResult> {
  const present = yield* live(change, session.id);
  return present?.tokenHash === session.tokenHash
    ? { result: 'created', session: present, ended: [] }
    : { result: 'taken' };
}

function* createWithin(
  change: ShardChange,
  request: UserRequest,
  epoch: number,
): Steps<CreateResult> {
  const { user, limit } = request;
  if (!limit) return yield* insert(change, request, epoch, []);
  const { live: held, ended } = yield* settle(change, yield* lockSessionsOf(user), epoch);
  const excess = Math.max(held.length + 1 - limit.max, 0);
  if (excess > 0 && limit.onLimit === 'reject') return { result: 'limit-reached', ended };
  const evicted = yield* evict(change, [...held].sort(byLastSeen).slice(0, excess));
  return yield* insert(change, request, epoch, [...ended, ...evicted]);
}

function* evict(
  change: ShardChange,
  sessions: readonly SessionRecord[],
): Steps<readonly EndedSession[]> {
  const { now, context } = change.operation;
  const ending = {
    state: 'evicted',
    reason: SESSION_LIMIT,
    at: now,
    fact: 'session.evicted',
  } as const;
  const endings = sessions.map((session) => ({ session, ending }));
  return yield* endEach(change, endings, { ...context, initiator: 'policy' });
}

function* insert(
  change: ShardChange,
  { session, eventType = 'session.created' }: CreateRequest,
  epoch: number,
  ended: readonly EndedSession[],
): Steps<CreateResult> {
  const { id, user } = session;
  const created: SessionRecord = {
    ...session,
    state: 'active',
    epoch,
    version: 1,
  };
  yield* insertSession(change, created);
  if (user) change.record(factOf(eventType, { user, id }));
  return { result: 'created', session: created, ended };
}

const byLastSeen = (left: SessionRecord, right: SessionRecord): number =>
  left.lastSeenAt - right.lastSeenAt || (left.id < right.id ? -1 : 1);
