import type { SessionId } from '../../core/ids.js';
import type { CreationBound, CreationPoint } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import type { Row } from './database.js';
import { byBytes } from './spellings.js';
import { integerIn, textIn } from './session-row.js';
import { listOf, sql, text, type Statement } from './sql.js';
import { aliveAt, epochOf, records, shards, users } from './tables.js';

/** Sessions with the epochs of their shards, by primary key. */
export const findStatement = (ids: readonly SessionId[]): Statement => sql`
  select r.*, coalesce(s.epoch, 0) as shard_epoch
  from ${records} r left join ${shards} s on s.shard = r.shard
  where r.id in (${listOf(ids)})`;

/** What ended last in each of these shards where anything did. */
export const lastEndingsStatement = (wanted: readonly number[]): Statement => sql`
  select shard, last_ending from ${shards}
  where shard in (${listOf(wanted)}) and last_ending is not null`;

/** A user's live sessions, oldest first, strictly after `from`. */
export const listStatement = (
  { tenantId, userId }: User,
  shard: number,
  {
    from,
    limit,
    now,
  }: {
    readonly from: CreationPoint | undefined;
    readonly limit: number;
    readonly now: number;
  },
): Statement => sql`
  select * from ${records}
  where tenant_id = ${tenantId} and user_id = ${userId} and ${aliveAt(now, epochOf(shard))}
  ${from ? sql`and created_at >= ${from.createdAt} and ${isBehind(from, 'created_at', '>')}` : sql``}
  order by created_at, ${byBytes('id')} limit ${limit}`;

/** Users' sessions of a shard by creation, newest first, strictly after `from`. */
export const listCreatedStatement = (
  shard: number,
  from: CreationBound | undefined,
  limit: number,
): Statement => sql`
  select id, listed_at from ${records} where shard = ${shard} and listed_at is not null
  ${from ? sql`and listed_at <= ${from.createdAt} and ${isBehind(from, 'listed_at', '<')}` : sql``}
  order by listed_at desc, ${byBytes('id')} desc limit ${limit}`;

/** Users with sessions that nothing has ended, and these sessions, by the user index alone. */
export const countStatement = (tenantId: string | undefined): Statement => sql`
  select coalesce(sum(of_user), 0) as sessions, count(*) as users from (
    select count(*) as of_user from ${records} where state = 'active' and user_id is not null
    ${tenantId === undefined ? sql`` : sql`and tenant_id = ${tenantId}`}
    group by tenant_id, user_id
  ) as by_user`;

/** The earliest deadline of a shard's present epoch; an older epoch is due without one. */
export const nextDueStatement = (shard: number): Statement => sql`
  select min(sweep_at) as next_due_at from ${records}
  where shard = ${shard} and epoch = ${epochOf(shard)}`;

export const blockedUntilStatement = ({ tenantId, userId }: User, now: number): Statement => sql`
  select blocked_until from ${users}
  where tenant_id = ${tenantId} and user_id = ${userId} and blocked_until > ${now}`;

export const creationPointOf = (row: Row): CreationPoint => ({
  createdAt: integerIn(row, 'listed_at'),
  id: textIn(row, 'id') as SessionId,
});

const isBehind = (
  { createdAt, id }: CreationBound,
  column: 'created_at' | 'listed_at',
  direction: '<' | '>',
): Statement => {
  const [at, is] = [text(column), text(direction)];
  return sql`(${at} ${is} ${createdAt} or ${byBytes('id')} ${is} ${id})`;
};
