import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';

/*
 * These describe the tables to TypeORM, which compares them with what the migrations have made.
 * Rows are read and written by statements of this driver's own, never as entities.
 */

const int: EntitySchemaColumnOptions = { type: 'int' };
/** A whole number below 2^53: milliseconds since 1970, or a count. */
const long: EntitySchemaColumnOptions = { type: 'bigint' };
/** MariaDB has it as `longtext`, PostgreSQL keeps the very text, and all three take 1 MB of it. */
const json: EntitySchemaColumnOptions = { type: 'json' };
const text = (length: number): EntitySchemaColumnOptions => ({ type: 'varchar', length });
const primary = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  primary: true,
});
const optional = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  nullable: true,
});

type Columns = Readonly<Record<string, EntitySchemaColumnOptions>>;
type Indices = Readonly<Record<string, readonly string[]>>;

/** Names are given, so that no naming strategy of the application changes them. */
const tableOf = (name: string, columns: Columns, indices: Indices = {}): EntitySchema =>
  new EntitySchema({
    name,
    tableName: name,
    columns: Object.fromEntries(
      Object.entries(columns).map(([column, options]) => [column, { ...options, name: column }]),
    ),
    indices: Object.entries(indices).map(([index, indexed]) => ({
      name: index,
      columns: [...indexed],
    })),
  });

const layout = tableOf('session_layout', { version: primary(int), shards: optional(int) });

const shards = tableOf('session_shards', {
  shard: primary(int),
  epoch: long,
  last_ending: optional(text(64)),
});

const records = tableOf(
  'session_records',
  {
    id: primary(text(24)),
    shard: int,
    state: text(16),
    tenant_id: optional(text(255)),
    user_id: optional(text(255)),
    created_at: long,
    authenticated_at: optional(long),
    last_seen_at: long,
    absolute_expires_at: long,
    idle_timeout_ms: long,
    token_hash: text(43),
    previous_token_hash: optional(text(43)),
    generation: long,
    rotated_at: long,
    rotation: text(16),
    confirmed_at: optional(long),
    epoch: optional(long),
    methods: optional(json),
    ip: optional(text(255)),
    user_agent: optional(text(512)),
    device_label: optional(text(255)),
    impersonator_id: optional(text(255)),
    version: long,
    tombstone_until: optional(long),
    data: optional(json),
    reason: optional(text(255)),
    ended_at: optional(long),
    event_id: optional(text(64)),
    sweep_at: long,
    listed_at: optional(long),
  },
  {
    ix_session_records_user: ['tenant_id', 'user_id', 'state', 'created_at', 'id'],
    ix_session_records_sweep: ['shard', 'epoch', 'sweep_at'],
    ix_session_records_listed: ['shard', 'listed_at', 'id'],
  },
);

const users = tableOf(
  'session_users',
  {
    tenant_id: primary(text(255)),
    user_id: primary(text(255)),
    shard: int,
    blocked_until: long,
    forget_at: long,
  },
  { ix_session_users_forget: ['shard', 'forget_at'] },
);

const operations = tableOf(
  'session_operations',
  { shard: primary(int), event_id: primary(text(64)), reply: json, expires_at: long },
  { ix_session_operations_expiry: ['shard', 'expires_at'] },
);

const outbox = tableOf(
  'session_outbox',
  {
    shard: primary(int),
    event_id: primary(text(64)),
    place: long,
    occurred_at: long,
    bytes: int,
    event: json,
  },
  { ix_session_outbox_place: ['shard', 'place', 'bytes'] },
);

const leases = tableOf('session_leases', {
  name: primary(text(255)),
  holder: text(255),
  expires_at: long,
});

const anchors = tableOf('session_anchors', {
  shard: primary(int),
  chain_seq: long,
  hash: text(64),
});

/** Add these to the `entities` of the DataSource. */
export const sessionEntities: EntitySchema[] = [
  layout,
  shards,
  records,
  users,
  operations,
  outbox,
  leases,
  anchors,
];
