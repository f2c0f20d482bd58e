import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

/**
 * Text is compared by its bytes, trailing spaces included. PostgreSQL and SQLite do so by
 * themselves; MariaDB would take `Bob` for `bob `.
 */
const MARIADB_TEXT = { charset: 'utf8mb4', collation: 'utf8mb4_nopad_bin' };

const int = (name: string): TableColumnOptions => ({ name, type: 'int' });
const long = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
const varchar = (name: string, length: number): TableColumnOptions => ({
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

const EVENT_COLUMNS = [
  primary(int('chain')),
  primary(long('chain_seq')),
  varchar('event_id', 64),
  varchar('type', 64),
  long('occurred_at'),
  long('recorded_at'),
  varchar('outcome', 16),
  optional(varchar('reason', 255)),
  varchar('initiator', 16),
  optional(varchar('actor_id', 255)),
  optional(varchar('tenant_id', 255)),
  optional(varchar('user_id', 255)),
  optional(varchar('session_id', 64)),
  optional(varchar('request_id', 255)),
  optional(varchar('ip', 255)),
  optional(varchar('user_agent', 512)),
  optional(text('methods')),
  optional(text('details')),
  varchar('key_id', 64),
  varchar('personal_digest', 43),
  varchar('personal_salt', 22),
  varchar('previous_hash', 43),
  varchar('hash', 43),
];

const EVENT_INDICES = [
  { name: 'uq_audit_events_event_id', columnNames: ['event_id'], isUnique: true },
  { name: 'ix_audit_events_user', columnNames: ['user_id', 'tenant_id', 'occurred_at'] },
  { name: 'ix_audit_events_tenant', columnNames: ['tenant_id', 'occurred_at'] },
  { name: 'ix_audit_events_session', columnNames: ['session_id', 'occurred_at'] },
  { name: 'ix_audit_events_type', columnNames: ['type', 'occurred_at'] },
  // With the outcome, so that counting over time reads nothing but this.
  { name: 'ix_audit_events_time', columnNames: ['occurred_at', 'chain', 'chain_seq', 'outcome'] },
];

const REJECTED_COLUMNS = [
  primary(varchar('event_id', 64)),
  int('chain'),
  varchar('type', 64),
  long('occurred_at'),
  text('payload'),
  varchar('error_code', 64),
  long('rejected_at'),
];

const CHECKPOINT_COLUMNS = [
  primary(int('chain')),
  primary(long('up_to_seq')),
  varchar('hash', 43),
  int('purged_count'),
  long('at'),
  varchar('key_id', 64),
  varchar('hmac', 43),
];

/** The audit's three tables, on SQLite, PostgreSQL and MariaDB. */
export class CreateAuditTables1793491200000 implements MigrationInterface {
  readonly name = 'CreateAuditTables1793491200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { driver } = queryRunner.dataSource;
    const isText = ({ type }: TableColumnOptions): boolean => type === 'varchar' || type === 'text';
    const adapt = (columns: readonly TableColumnOptions[]): TableColumnOptions[] =>
      columns.map((column) => ({
        ...column,
        ...(driver.options.type === 'mariadb' && isText(column) && MARIADB_TEXT),
        type: driver.normalizeType({ type: column.type as 'int' }),
      }));
    const events = { name: 'audit_events', columns: adapt(EVENT_COLUMNS), indices: EVENT_INDICES };
    await queryRunner.createTable(new Table(events));
    await queryRunner.createTable(
      new Table({ name: 'audit_rejected', columns: adapt(REJECTED_COLUMNS) }),
    );
    await queryRunner.createTable(
      new Table({ name: 'audit_checkpoints', columns: adapt(CHECKPOINT_COLUMNS) }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('audit_checkpoints');
    await queryRunner.dropTable('audit_rejected');
    await queryRunner.dropTable('audit_events');
  }
}
