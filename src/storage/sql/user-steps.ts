import type { SessionRecord } from '../../core/session-record.js';
import type { User } from '../../core/user.js';
import { rowOf, rowsOf, type Steps } from './database.js';
import { byBytes, forUpdate, onConflict } from './spellings.js';
import { HEAD_COLUMNS, integerIn, recordOf } from './session-row.js';
import { insertInto, sql, text } from './sql.js';
import { atLeast, records, users } from './tables.js';

const KEY = 'tenant_id, user_id';

/**
 * Holds the user's row until the transaction is over, making one where there is none. It may be
 * forgotten at `forgetAt`; an unblocked user's is nothing but a lock. Answers until when new
 * sessions of the user are blocked.
 */
export function* lockUser(user: User, shard: number, forgetAt: number): Steps<number> {
  const row = yield* rowOf(sql`
    ${insertInto(users, [{ ...rowKeyOf(user), shard, blocked_until: 0, forget_at: forgetAt }])}
    ${onConflict(KEY)} forget_at = ${atLeast(sql`${users}.forget_at`, forgetAt)}
    returning blocked_until`);
  return integerIn(row!, 'blocked_until');
}

/** Blocks the user until then; 0 lifts it. */
export function* blockUntil(user: User, shard: number, until: number): Steps<void> {
  yield sql`
    ${insertInto(users, [{ ...rowKeyOf(user), shard, blocked_until: until, forget_at: until }])}
    ${onConflict(KEY)} blocked_until = ${until},
    forget_at = ${atLeast(sql`${users}.forget_at`, until)}`;
}

/** A user's sessions that nothing has ended, without their data; nobody else changes them from here on. */
export function* lockSessionsOf({ tenantId, userId }: User): Steps<readonly SessionRecord[]> {
  const rows = yield* rowsOf(sql`
    select ${text(HEAD_COLUMNS)} from ${records}
    where tenant_id = ${tenantId} and user_id = ${userId} and state = 'active'
    order by created_at, ${byBytes('id')} ${forUpdate}`);
  return rows.map(recordOf);
}

const rowKeyOf = ({ tenantId, userId }: User) => ({ tenant_id: tenantId, user_id: userId });
