import type { AuditEvent } from '../../core/audit/audit-event.js';
import type { OutboxEntry, OutboxState } from '../../core/session-store.js';
import type { ArrivalOrder } from './arrival-order.js';
import { chunksOf } from './chunks.js';
import type { Row, Steps } from './database.js';
import { integerIn, jsonIn, textIn } from './session-row.js';
import { insertInto, listOf, sql, type Statement } from './sql.js';
import { outbox, outboxBytesOf } from './tables.js';

export function* enqueue(
  shard: number,
  events: readonly AuditEvent[],
  order: ArrivalOrder,
): Steps<void> {
  for (const chunk of chunksOf(events)) {
    const rows = chunk.map((event) => {
      const text = JSON.stringify(event);
      return {
        shard,
        event_id: event.eventId,
        place: order.next(),
        occurred_at: event.occurredAt,
        bytes: Buffer.byteLength(text),
        event: text,
      };
    });
    yield insertInto(outbox, rows);
  }
}

export const readStatement = (shard: number, limit: number): Statement => sql`
  select event_id, event from ${outbox} where shard = ${shard} order by place limit ${limit}`;

export const entryOf = (row: Row): OutboxEntry => ({
  key: textIn(row, 'event_id'),
  event: jsonIn(row, 'event') as AuditEvent,
});

export const acknowledgeStatement = (shard: number, keys: readonly string[]): Statement => sql`
  delete from ${outbox} where shard = ${shard} and event_id in (${listOf(keys)})`;

export const stateStatement = (shard: number): Statement => sql`
  select count(*) as entries, ${outboxBytesOf(shard)} as bytes,
  (select occurred_at from ${outbox} where shard = ${shard} order by place limit 1) as oldest_at
  from ${outbox} where shard = ${shard}`;

export const stateOf = (row: Row): OutboxState => ({
  entries: integerIn(row, 'entries'),
  bytes: integerIn(row, 'bytes'),
  ...(row['oldest_at'] !== null && { oldestAt: integerIn(row, 'oldest_at') }),
});
