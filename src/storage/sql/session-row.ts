import { shardOfSession, type SessionId, type TokenHash } from '../../core/ids.js';
import type {
  Device,
  EndedState,
  RotationKind,
  SessionData,
  SessionRecord,
  StoredSession,
  Tombstone,
} from '../../core/session-record.js';
import type { FoundSession } from '../../core/session-store.js';
import type { User } from '../../core/user.js';
import type { Row } from './database.js';
import type { SqlValue } from './sql.js';

/** The columns that a record decides; those of its indexes and of its end are apart. */
export function columnsOf(session: SessionRecord): Readonly<Record<string, SqlValue>> {
  const { id, user, device } = session;
  return {
    id,
    shard: shardOfSession(id),
    state: session.state,
    tenant_id: user?.tenantId ?? null,
    user_id: user?.userId ?? null,
    created_at: session.createdAt,
    authenticated_at: session.authenticatedAt ?? null,
    last_seen_at: session.lastSeenAt,
    absolute_expires_at: session.absoluteExpiresAt,
    idle_timeout_ms: session.idleTimeoutMs,
    token_hash: session.tokenHash,
    previous_token_hash: session.previousTokenHash ?? null,
    generation: session.generation,
    rotated_at: session.rotatedAt,
    rotation: session.rotation,
    confirmed_at: session.confirmedAt ?? null,
    epoch: session.epoch,
    methods: JSON.stringify(session.methods),
    ip: device.ip ?? null,
    user_agent: device.userAgent ?? null,
    device_label: device.label ?? null,
    impersonator_id: session.impersonatorId ?? null,
    version: session.version,
    tombstone_until: session.tombstoneUntil ?? null,
    data: JSON.stringify(Object.entries(session.data)),
  };
}

/** All that `recordOf` reads but the data, which may be large. */
export const HEAD_COLUMNS =
  'id, state, tenant_id, user_id, created_at, authenticated_at, last_seen_at, ' +
  'absolute_expires_at, idle_timeout_ms, token_hash, previous_token_hash, generation, rotated_at, ' +
  'rotation, confirmed_at, epoch, methods, ip, user_agent, device_label, impersonator_id, version, ' +
  'tombstone_until';

/** What an ended session loses at once. */
export const WIPED_COLUMNS = {
  methods: null,
  ip: null,
  user_agent: null,
  device_label: null,
  impersonator_id: null,
  data: null,
} as const;

export const foundOf = (row: Row): FoundSession => ({
  session: storedOf(row),
  shardEpoch: integerIn(row, 'shard_epoch'),
});

const storedOf = (row: Row): StoredSession =>
  row['state'] === 'active' ? recordOf(row) : tombstoneOf(row);

/** The data is empty where it was not selected. */
export const recordOf = (row: Row): SessionRecord => ({
  state: 'active',
  ...identityOf(row),
  createdAt: integerIn(row, 'created_at'),
  ...optional('authenticatedAt', optionalInteger(row, 'authenticated_at')),
  lastSeenAt: integerIn(row, 'last_seen_at'),
  absoluteExpiresAt: integerIn(row, 'absolute_expires_at'),
  idleTimeoutMs: integerIn(row, 'idle_timeout_ms'),
  rotatedAt: integerIn(row, 'rotated_at'),
  rotation: textIn(row, 'rotation') as RotationKind,
  ...optional('confirmedAt', optionalInteger(row, 'confirmed_at')),
  epoch: integerIn(row, 'epoch'),
  methods: jsonIn(row, 'methods') as readonly string[],
  device: deviceOf(row),
  ...optional('impersonatorId', optionalText(row, 'impersonator_id')),
  version: integerIn(row, 'version'),
  ...optional('tombstoneUntil', optionalInteger(row, 'tombstone_until')),
  data: dataOf(row),
});

const tombstoneOf = (row: Row): Tombstone => ({
  state: textIn(row, 'state') as EndedState,
  ...identityOf(row),
  reason: textIn(row, 'reason'),
  endedAt: integerIn(row, 'ended_at'),
  eventId: textIn(row, 'event_id'),
});

/** What a session and its tombstone have in common. */
const identityOf = (
  row: Row,
): Pick<Tombstone, 'id' | 'user' | 'tokenHash' | 'previousTokenHash' | 'generation'> => ({
  id: textIn(row, 'id') as SessionId,
  ...optional('user', userOf(row)),
  tokenHash: textIn(row, 'token_hash') as TokenHash,
  ...optional(
    'previousTokenHash',
    optionalText(row, 'previous_token_hash') as TokenHash | undefined,
  ),
  generation: integerIn(row, 'generation'),
});

function userOf(row: Row): User | undefined {
  const userId = optionalText(row, 'user_id');
  return userId === undefined ? undefined : { tenantId: textIn(row, 'tenant_id'), userId };
}

const deviceOf = (row: Row): Device => ({
  ...optional('ip', optionalText(row, 'ip')),
  ...optional('userAgent', optionalText(row, 'user_agent')),
  ...optional('label', optionalText(row, 'device_label')),
});

/** Own properties throughout, so that a key such as `__proto__` is one like any other. */
const dataOf = (row: Row): SessionData =>
  row['data'] === undefined
    ? {}
    : Object.fromEntries(jsonIn(row, 'data') as readonly (readonly [string, string])[]);

const optional = <Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]: Value });

export const textIn = (row: Row, column: string): string => String(row[column]);

/** Clients hand 64-bit integers over as text; every one here is below 2^53. */
export const integerIn = (row: Row, column: string): number => Number(row[column]);

/** PostgreSQL's client has read JSON already, unless the application told it not to. */
export function jsonIn(row: Row, column: string): unknown {
  const value = row[column];
  return typeof value === 'string' ? JSON.parse(value) : value;
}

const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : textIn(row, column);

export const optionalInteger = (row: Row, column: string): number | undefined =>
  row[column] === null ? undefined : integerIn(row, column);
