import { MAX_SHARDS } from '../../core/ids.js';
import { hasMethods, optionsIn, requireOption, requireSwitch } from '../../core/require-option.js';

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

/** @throws SessionConfigInvalidError; for what is no DataSource too */
export function resolveSqlStoreOptions(
  dataSource: unknown,
  options: SqlStoreOptions | undefined,
): { readonly shards: number | undefined; readonly push: boolean } {
  const isDataSource = hasMethods(dataSource, 'initialize', 'hasMetadata');
  requireOption(isDataSource, 'store.dataSource', 'must be a DataSource of TypeORM', dataSource);
  const { shards, push = true } = optionsIn('store', options);
  requireOption(
    shards === undefined || (Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS),
    'store.shards',
    `must be a whole number from 1 to ${MAX_SHARDS}`,
    shards,
  );
  requireSwitch('store.push', push);
  return { shards, push };
}
