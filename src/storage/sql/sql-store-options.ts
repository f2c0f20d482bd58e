import { SessionConfigInvalidError } from '../../core/errors.js';
import { MAX_SHARDS } from '../../core/ids.js';

export interface SqlStoreOptions {
  /**
   * Partitions of the sessions, 1 to 65536, fixed when the tables are first used. Default: as found
   * there, else 64.
   */
  readonly shards?: number;
  /**
   * On PostgreSQL, tells every process of each ending at once, by NOTIFY. `false` leaves it to their
   * checks, every `liveCheckInterval`, as it is on other databases; so it has to be behind a pooler
   * of transactions, which cannot listen. Default: true.
   */
  readonly push?: boolean;
}

/** @throws SessionConfigInvalidError */
export function requireShardCount(shards: number | undefined): void {
  if (shards === undefined) return;
  if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS)
    throw new SessionConfigInvalidError(
      'store.shards',
      `must be a whole number from 1 to ${MAX_SHARDS}`,
      shards,
    );
}
