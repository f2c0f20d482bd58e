import type { SessionId } from '../../core/ids.js';
import type { EndedSession } from '../../core/session-store.js';
import { rowsOf, type Row, type Steps } from './database.js';
import { byBytes, forUpdateSkipLocked } from './spellings.js';
import { HEAD_COLUMNS, integerIn, recordOf, textIn } from './session-row.js';
import { settle } from './session-steps.js';
import type { ShardChange } from './shard-change.js';
import { listOf, sql, text, type Statement } from './sql.js';
import { epochOf, operations, records, users } from './tables.js';

/**
 * The sessions that a sweep has to look at: of an older epoch, perhaps past a deadline, or ended so
 * long ago that they are to be forgotten. Each kind is one range of one index.
 */
export function dueStatement(shard: number, now: number, limit: number): Statement {
  const dueOf = (epoch: Statement): Statement => sql`
    select id from ${records} where shard = ${shard} and ${epoch}
    order by epoch, sweep_at limit ${limit}`;
  return sql`
    select id from (${dueOf(sql`epoch < ${epochOf(shard)}`)}) as of_older_epoch
    union all
    select id from (${dueOf(
      sql`epoch = ${epochOf(shard)} and sweep_at <= ${now}`,
    )}) as past_deadline
    union all
    select id from (${dueOf(sql`epoch is null and sweep_at <= ${now}`)}) as to_forget`;
}

/**
 * Ends, forgets or puts off each, but for those that another transaction is at. The sweep order
 * may name a session too early, because activity does not write it, but never too late.
 */
export function* sweepSessions(
  change: ShardChange,
  ids: readonly SessionId[],
): Steps<readonly EndedSession[]> {
  const { now } = change.operation;
  const rows = yield* rowsOf(sql`
    select ${text(HEAD_COLUMNS)}, sweep_at, ${epochOf(change.shard)} as shard_epoch
    from ${records} where id in (${listOf(ids)})
    order by ${byBytes('id')} ${forUpdateSkipLocked}`);
  const active = rows.filter(({ state }) => state === 'active');
  const epoch = active[0] ? integerIn(active[0], 'shard_epoch') : 0;
  const { live, ended } = yield* settle(change, active.map(recordOf), epoch);
  const isForgotten = (row: Row): boolean =>
    row['state'] !== 'active' && integerIn(row, 'sweep_at') <= now;
  yield* forget(rows.filter(isForgotten).map((row) => textIn(row, 'id')));
  yield* putOff(live.map(({ id }) => id));
  return ended;
}

function* forget(ids: readonly string[]): Steps<void> {
  if (ids.length > 0) yield sql`delete from ${records} where id in (${listOf(ids)})`;
}

/** Each until its own earlier deadline. */
function* putOff(ids: readonly SessionId[]): Steps<void> {
  if (ids.length === 0) return;
  yield sql`
    update ${records} set sweep_at =
    case when last_seen_at + idle_timeout_ms < absolute_expires_at
    then last_seen_at + idle_timeout_ms else absolute_expires_at end
    where id in (${listOf(ids)})`;
}

/** Answers of operations that can no longer be repeated. */
export const forgetOperations = (shard: number, now: number, limit: number): Statement =>
  forgetDue({ rows: operations, column: text('expires_at') }, shard, { now, limit });

/** Rows of users whose last session and block are over; of one that has just been used again, not. */
export const forgetUsers = (shard: number, now: number, limit: number): Statement =>
  forgetDue({ rows: users, column: text('forget_at') }, shard, { now, limit });

/** The first `limit` due, and those of the same instant as the last of them: one range of an index. */
const forgetDue = (
  { rows, column }: { readonly rows: Statement; readonly column: Statement },
  shard: number,
  { now, limit }: { readonly now: number; readonly limit: number },
): Statement => sql`
  delete from ${rows} where shard = ${shard} and ${column} <= coalesce((
    select cut from (
      select ${column} as cut from ${rows} where shard = ${shard} and ${column} <= ${now}
      order by ${column} limit 1 offset ${limit - 1}) as due), ${now})`;
