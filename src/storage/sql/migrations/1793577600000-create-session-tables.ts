import {
  Table,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
  type TableIndexOptions,
} from 'typeorm';

/**
 * Text is compared by its bytes, trailing spaces included. PostgreSQL and SQLite do so by
 * themselves; MariaDB would take `Bob` for `bob `.
 */
const MARIADB_TEXT = { charset: 'utf8mb4', collation: 'utf8mb4_nopad_bin' };

const int = (name: string): TableColumnOptions => ({ name, type: 'int' });
const long = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
const json = (name: string): TableColumnOptions => ({ name, type: 'json' });
const text = (name: string, length: number): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: String(length),
});
const primary = (column: TableColumnOptions): TableColumnOptions => ({
  ...column,
  isPrimary: true,
});
const optional = (column: TableColumnOptions): TableColumnOptions => ({
  ...column,
  isNullable: true,
});

interface TableDescription {
  readonly name: string;
  readonly columns: readonly TableColumnOptions[];
  readonly indices?: TableIndexOptions[];
}

const index = (name: string, ...columnNames: string[]): TableIndexOptions => ({
  name,
  columnNames,
});

const RECORD_COLUMNS = [
  primary(text('id', 24)),
  int('shard'),
  text('state', 16),
  optional(text('tenant_id', 255)),
  optional(text('user_id', 255)),
  long('created_at'),
  optional(long('authenticated_at')),
  long('last_seen_at'),
  long('absolute_expires_at'),
  long('idle_timeout_ms'),
  text('token_hash', 43),
  optional(text('previous_token_hash', 43)),
  long('generation'),
  long('rotated_at'),
  text('rotation', 16),
  optional(long('confirmed_at')),
  optional(long('epoch')),
  optional(json('methods')),
  optional(text('ip', 255)),
  optional(text('user_agent', 512)),
  optional(text('device_label', 255)),
  optional(text('impersonator_id', 255)),
  long('version'),
  optional(long('tombstone_until')),
  optional(json('data')),
  optional(text('reason', 255)),
  optional(long('ended_at')),
  optional(text('event_id', 64)),
  long('sweep_at'),
  optional(long('listed_at')),
];

const RECORD_INDICES = [
  index('ix_session_records_user', 'tenant_id', 'user_id', 'state', 'created_at', 'id'),
  index('ix_session_records_sweep', 'shard', 'epoch', 'sweep_at'),
  index('ix_session_records_listed', 'shard', 'listed_at', 'id'),
];

const OUTBOX_COLUMNS = [
  primary(int('shard')),
  primary(text('event_id', 64)),
  long('place'),
  long('occurred_at'),
  int('bytes'),
  json('event'),
];

const TABLES: readonly TableDescription[] = [
  { name: 'session_layout', columns: [primary(int('version')), optional(int('shards'))] },
  {
    name: 'session_shards',
    columns: [primary(int('shard')), long('epoch'), optional(text('last_ending', 64))],
  },
  { name: 'session_records', columns: RECORD_COLUMNS, indices: RECORD_INDICES },
  {
    name: 'session_users',
    columns: [
      primary(text('tenant_id', 255)),
      primary(text('user_id', 255)),
      int('shard'),
      long('blocked_until'),
      long('forget_at'),
    ],
    indices: [index('ix_session_users_forget', 'shard', 'forget_at')],
  },
  {
    name: 'session_operations',
    columns: [
      primary(int('shard')),
      primary(text('event_id', 64)),
      json('reply'),
      long('expires_at'),
    ],
    indices: [index('ix_session_operations_expiry', 'shard', 'expires_at')],
  },
  {
    name: 'session_outbox',
    columns: OUTBOX_COLUMNS,
    indices: [index('ix_session_outbox_place', 'shard', 'place', 'bytes')],
  },
  {
    name: 'session_leases',
    columns: [primary(text('name', 255)), text('holder', 255), long('expires_at')],
  },
];

const LAYOUT_VERSION = 1;

/** The tables of sessions and of their outbox, on SQLite, PostgreSQL and MariaDB. */
export class CreateSessionTables1793577600000 implements MigrationInterface {
  readonly name = 'CreateSessionTables1793577600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const { columns, indices = [], name } of TABLES)
      await queryRunner.createTable(
        new Table({
          name: prefixed(name, queryRunner),
          columns: columns.map((column) => adapt(column, queryRunner)),
          indices,
        }),
      );
    await queryRunner.manager
      .createQueryBuilder()
      .insert()
      .into('session_layout', ['version'])
      .values({ version: LAYOUT_VERSION })
      .execute();
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of [...TABLES].reverse())
      await queryRunner.dropTable(prefixed(name, queryRunner));
  }
}

const prefixed = (name: string, { dataSource }: QueryRunner): string =>
  `${dataSource.options.entityPrefix ?? ''}${name}`;

function adapt(column: TableColumnOptions, { dataSource }: QueryRunner): TableColumnOptions {
  const { driver } = dataSource;
  const type = driver.normalizeType({ type: column.type as 'int' });
  if (driver.options.type !== 'mariadb') return { ...column, type };
  if (type === 'json') return { ...column, ...MARIADB_TEXT, type: 'longtext' };
  return { ...column, ...(type === 'varchar' && MARIADB_TEXT), type };
}
