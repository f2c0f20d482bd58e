import { sql, table, text, type Statement } from './sql.js';

export const layout = table('session_layout');
export const shards = table('session_shards');
export const records = table('session_records');
export const users = table('session_users');
export const operations = table('session_operations');
export const outbox = table('session_outbox');
export const leases = table('session_leases');
export const anchors = table('session_anchors');

/** The present epoch of a shard; 0 until there has been one. */
export const epochOf = (shard: number): Statement =>
  sql`coalesce((select epoch from ${shards} where shard = ${shard}), 0)`;

/** What an outbox holds, in bytes. */
export const outboxBytesOf = (shard: number): Statement =>
  sql`(select coalesce(sum(bytes), 0) from ${outbox} where shard = ${shard})`;

/** Whether a row of `session_records` is alive; the same as `lapseOf` says of its record. */
export const aliveAt = (now: number, epoch: Statement): Statement => sql`
  state = 'active' and absolute_expires_at > ${now} and last_seen_at + idle_timeout_ms > ${now}
  and epoch >= ${epoch}`;

/** `column` moved on to `value`, and never back. */
export const atLeast = (column: Statement | string, value: number): Statement => {
  const present = typeof column === 'string' ? text(column) : column;
  return sql`case when ${present} < ${value} then ${value} else ${present} end`;
};
