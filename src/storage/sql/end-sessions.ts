import type { AuditContext, AuditEventType } from '../../core/audit/audit-event.js';
import type { EndedState, SessionRecord } from '../../core/session-record.js';
import type { EndedSession } from '../../core/session-store.js';
import { factOf, partOf } from '../../core/audit/audit-facts.js';
import { chunksOf } from './chunks.js';
import type { Steps } from './database.js';
import { concat } from './spellings.js';
import { WIPED_COLUMNS } from './session-row.js';
import type { ShardChange } from './shard-change.js';
import { assignments, listOf, sql, type Statement } from './sql.js';
import { atLeast, records } from './tables.js';

/** How a session ends, and the fact that tells of it. */
export interface Ending {
  readonly state: EndedState;
  readonly reason: string;
  readonly at: number;
  readonly fact: AuditEventType;
}

export interface Lapsed {
  readonly session: SessionRecord;
  readonly ending: Ending;
}

/** Leaves a tombstone; the fact has the operation's own event id. */
export function* endOne(
  change: ShardChange,
  session: SessionRecord,
  ending: Ending,
): Steps<EndedSession> {
  const { user, id } = session;
  const { eventId } = change.operation;
  yield buryAll(change, [session], ending, sql`${eventId}`);
  if (user) change.record(factOf(ending.fact, { user, id, reason: ending.reason }));
  const ended = endedOf({ session, ending });
  change.ended.push(ended);
  return ended;
}

/** Leaves a tombstone for each, and a fact for each named after the operation and the session. */
export function* endEach(
  change: ShardChange,
  lapsed: readonly Lapsed[],
  context: AuditContext,
): Steps<readonly EndedSession[]> {
  for (const group of alikeAmong(lapsed))
    for (const chunk of chunksOf(group))
      yield buryAll(
        change,
        chunk.map(({ session }) => session),
        chunk[0]!.ending,
        concat(`${change.operation.eventId}.`, 'id'),
      );
  for (const { session, ending } of lapsed) {
    const { user, id } = session;
    const part = partOf(change.operation, id, context);
    if (user) change.record(factOf(ending.fact, { user, id, reason: ending.reason }), part);
  }
  const ended = lapsed.map(endedOf);
  change.ended.push(...ended);
  return ended;
}

/** One statement for sessions that end alike. They leave every index but that of the sweep. */
function buryAll(
  { operation, settings }: ShardChange,
  sessions: readonly SessionRecord[],
  { state, reason, at }: Ending,
  eventId: Statement,
): Statement {
  const forgetAt = operation.now + settings.tombstoneTtlMs;
  const columns = assignments({
    ...WIPED_COLUMNS,
    state,
    reason,
    ended_at: at,
    event_id: eventId,
    epoch: null,
    sweep_at: atLeast('coalesce(tombstone_until, 0)', forgetAt),
    listed_at: null,
  });
  const ids = listOf(sessions.map(({ id }) => id));
  return sql`update ${records} set ${columns} where id in (${ids})`;
}

/** Those that end in one way and at one instant together. */
function alikeAmong(lapsed: readonly Lapsed[]): Iterable<readonly Lapsed[]> {
  const groups = new Map<string, Lapsed[]>();
  for (const one of lapsed) {
    const key = `${one.ending.state} ${one.ending.reason} ${one.ending.at}`;
    const group = groups.get(key) ?? [];
    group.push(one);
    groups.set(key, group);
  }
  return groups.values();
}

const endedOf = ({ session: { id, user }, ending: { state, reason } }: Lapsed): EndedSession => ({
  id,
  ...(user && { user }),
  state,
  reason,
});
