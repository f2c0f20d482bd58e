import { onConflict } from './spellings.js';
import { insertInto, sql, type Statement } from './sql.js';
import { leases } from './tables.js';

interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly now: number;
  readonly until: number;
}

/**
 * Gives the lease to who asks if it is free or already theirs; answers who holds it now. The
 * second assignment may see what the first has set, and means the same either way.
 */
export const leaseStatement = ({ name, holder, now, until }: LeaseRequest): Statement => {
  const isFree = sql`${leases}.holder = ${holder} or ${leases}.expires_at <= ${now}`;
  return sql`
    ${insertInto(leases, [{ name, holder, expires_at: until }])} ${onConflict('name')}
    holder = case when ${isFree} then ${holder} else ${leases}.holder end,
    expires_at = case when ${isFree} then ${until} else ${leases}.expires_at end
    returning holder`;
};
