import type { ShardChange } from './shard-change.js';
import { onConflict } from './spellings.js';
import { insertInto, sql, type Statement } from './sql.js';
import { shards } from './tables.js';

/** The shard's row is the last that a change locks but for its answer, so nobody waits in a circle for it. */
export const noteEnding = ({ shard, operation: { eventId } }: ShardChange): Statement => sql`
  ${insertInto(shards, [{ shard, epoch: 0, last_ending: eventId }])}
  ${onConflict('shard')} last_ending = ${eventId}`;
