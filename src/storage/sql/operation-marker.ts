import type { Operation } from '../../core/session-store.js';
import type { Row, Steps } from './database.js';
import { jsonIn } from './session-row.js';
import { insertInto, sql, type Statement } from './sql.js';
import { operations } from './tables.js';

/** A clock that is read a little early must not let a marker go before its deadline has passed. */
const MARGIN_MS = 1_000;

interface Remembered<Reply> {
  readonly reply: Reply;
}

/** Finds the answer of an operation that was done before, perhaps a moment ago in another process. */
export const markerStatement = (shard: number, { eventId }: Operation): Statement => sql`
  select reply from ${operations} where shard = ${shard} and event_id = ${eventId}`;

export const replyIn = <Reply>([row]: readonly Row[]): Remembered<Reply> | undefined =>
  row && (jsonIn(row, 'reply') as Remembered<Reply>);

/** Fails with a duplicate key where the operation has been done already. */
export function* remember<Reply>(
  shard: number,
  { eventId, deadline }: Operation,
  reply: Reply,
): Steps<void> {
  const remembering: Remembered<Reply> = { reply };
  yield insertInto(operations, [
    {
      shard,
      event_id: eventId,
      reply: JSON.stringify(remembering),
      expires_at: deadline + MARGIN_MS,
    },
  ]);
}
