import { shardOfSession, type SessionId } from '../../core/ids.js';
import { expiresAt, lapseOf } from '../../core/policy/session-policy.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { EndedSession } from '../../core/session-store.js';
import { rowOf, type Steps } from './database.js';
import { forUpdate } from './spellings.js';
import { endEach, type Lapsed } from './end-sessions.js';
import { columnsOf, integerIn, recordOf } from './session-row.js';
import type { ShardChange } from './shard-change.js';
import { assignments, insertInto, sql } from './sql.js';
import { epochOf, records } from './tables.js';

/**
 * A live session, which nobody else changes from here on. One that is past its end is ended; one
 * that is not as `wanted` is left alone.
 */
export function* live(
  change: ShardChange,
  id: SessionId,
  wanted: (session: SessionRecord) => boolean = () => true,
): Steps<SessionRecord | undefined> {
  const row = yield* rowOf(sql`
    select r.*, ${epochOf(shardOfSession(id))} as shard_epoch
    from ${records} r where r.id = ${id} ${forUpdate}`);
  if (row?.['state'] !== 'active') return undefined;
  const session = recordOf(row);
  if (!wanted(session)) return undefined;
  const settled = yield* settle(change, [session], integerIn(row, 'shard_epoch'));
  return settled.live[0];
}

/** Tells the live among sessions that this transaction has locked, and ends the others. */
export function* settle(
  change: ShardChange,
  sessions: readonly SessionRecord[],
  epoch: number,
): Steps<{ readonly live: readonly SessionRecord[]; readonly ended: readonly EndedSession[] }> {
  const alive: SessionRecord[] = [];
  const lapsed: Lapsed[] = [];
  for (const session of sessions) {
    const lapse = lapseOf(session, epoch, change.operation.now);
    if (lapse === undefined) alive.push(session);
    else lapsed.push({ session, ending: { ...lapse, fact: `session.${lapse.state}` } });
  }
  return { live: alive, ended: yield* endEach(change, lapsed, { initiator: 'system' }) };
}

export function* insertSession(change: ShardChange, session: SessionRecord): Steps<void> {
  const listed = change.settings.adminIndex && session.user !== undefined;
  const indexes = {
    sweep_at: expiresAt(session),
    listed_at: listed ? session.createdAt : null,
  };
  yield insertInto(records, [{ ...columnsOf(session), ...indexes }]);
}

/** Writes what has changed in a session that this transaction has locked. */
export function* replaceSession(before: SessionRecord, after: SessionRecord): Steps<SessionRecord> {
  const old = columnsOf(before);
  const changes = Object.entries(columnsOf(after)).filter(
    ([column, value]) => value !== old[column],
  );
  if (after.absoluteExpiresAt !== before.absoluteExpiresAt)
    changes.push(['sweep_at', expiresAt(after)]);
  if (changes.length === 0) return after;
  const columns = assignments(Object.fromEntries(changes));
  yield sql`update ${records} set ${columns} where id = ${after.id}`;
  return after;
}
