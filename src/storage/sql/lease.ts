import { textIn } from './session-row.js';
import type { ShardClient } from './shard-client.js';
import { onConflict } from './spellings.js';
import { insertInto, sql } from './sql.js';
import { leases } from './tables.js';

interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly ttlMs: number;
}

/**
 * Gives the lease to who asks if it is free or already theirs; answers whether they hold it now. The
 * second assignment may see what the first has set, and means the same either way.
 */
export async function lease(
  client: ShardClient,
  { name, holder, ttlMs }: LeaseRequest,
): Promise<boolean> {
  const now = client.now();
  const until = now + ttlMs;
  const isFree = sql`${leases}.holder = ${holder} or ${leases}.expires_at <= ${now}`;
  const { rows } = await client.write(
    'lease',
    sql`
      ${insertInto(leases, [{ name, holder, expires_at: until }])} ${onConflict('name')}
      holder = case when ${isFree} then ${holder} else ${leases}.holder end,
      expires_at = case when ${isFree} then ${until} else ${leases}.expires_at end
      returning holder`,
  );
  return textIn(rows[0]!, 'holder') === holder;
}
