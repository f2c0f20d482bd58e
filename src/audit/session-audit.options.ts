import type { DataSource } from 'typeorm';
import type { Duration } from '../core/policy/duration.js';
import { SessionConfigInvalidError } from '../core/errors.js';
import { resolveDuration, type SessionOptions } from '../core/policy/session-options.js';
import { hasMethods } from '../core/require-option.js';
import type { AddressPrivacy } from './audit-address.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import { resolveKeyRing, type AuditKey, type AuditKeyRing } from './audit-key-ring.js';

/** @publicApi */
export interface SessionAuditModuleOptions {
  /**
   * Of type `postgres`, `mariadb` or `better-sqlite3`, initialized, with `auditEntities`, and
   * migrated with `auditMigrations`. It is never closed here. Default: the container's
   * `DataSource`, which is what @nestjs/typeorm provides.
   */
  readonly dataSource?: DataSource;
  /**
   * The same database under a role that may also delete rows and update their personal columns, for
   * purge and pseudonymisation alone; so the role of `dataSource` need not. Default: `dataSource`.
   */
  readonly retentionDataSource?: DataSource;
  /** Age, since they were recorded, at which events are deleted; at least 1d. Default: kept forever. */
  readonly retention?: Duration;
  /** The first signs the chain, all verify. Required in production. Default: the chain is not keyed. */
  readonly keys?: readonly AuditKey[];
  /** `shortened` keeps the network of an address (IPv4 /24, IPv6 /48) and not the rest. Default: full. */
  readonly addressPrivacy?: AddressPrivacy;
  /** Longest that an event waits for a database which is there; 100ms to 1m. Default: 1s. */
  readonly pollInterval?: Duration;
  /**
   * Longest that a page, a histogram or a part of an export is waited for, before
   * `AUDIT_UNAVAILABLE`; 100ms to 5m. The statement goes on; ending it is the database's. Default: 10s.
   */
  readonly queryTimeout?: Duration;
}

export interface AuditSettings {
  readonly retentionMs: number | undefined;
  readonly keys: AuditKeyRing;
  readonly addressPrivacy: AddressPrivacy;
  readonly pollIntervalMs: number;
  readonly queryTimeoutMs: number;
}

/** Without events there is nothing to deliver. @throws SessionConfigInvalidError */
export function requireAuditOn({ audit }: Pick<SessionOptions, 'audit'>): void {
  if (!audit)
    throw new SessionConfigInvalidError('audit', 'must be true with SessionAuditModule', audit);
}

/** @throws SessionConfigInvalidError */
export function resolveAuditSettings(
  options: SessionAuditModuleOptions,
  environment: string | undefined,
): AuditSettings {
  const { retention, keys, addressPrivacy = 'full' } = options;
  const { pollInterval = '1s', queryTimeout = '10s' } = options;
  if (keys === undefined && environment === 'production')
    throw new SessionConfigInvalidError('keys', 'is required in production');
  if (addressPrivacy !== 'full' && addressPrivacy !== 'shortened')
    throw new SessionConfigInvalidError(
      'addressPrivacy',
      'must be one of full, shortened',
      addressPrivacy,
    );
  return {
    retentionMs:
      retention === undefined
        ? undefined
        : resolveDuration('retention', retention, { min: '1d', max: '36500d' }),
    keys: resolveKeyRing(keys),
    addressPrivacy,
    pollIntervalMs: resolveDuration('pollInterval', pollInterval, { min: '100ms', max: '1m' }),
    queryTimeoutMs: resolveDuration('queryTimeout', queryTimeout, { min: '100ms', max: '5m' }),
  };
}

/** Those that compare texts exactly under `auditMigrations`. */
const DATABASE_TYPES: readonly string[] = ['postgres', 'mariadb', 'better-sqlite3'];

/** @throws SessionConfigInvalidError */
export function requireAuditDataSource(
  option: 'dataSource' | 'retentionDataSource',
  dataSource: DataSource | undefined,
): DataSource {
  const refuse = (rule: string): never => {
    throw new SessionConfigInvalidError(option, rule);
  };
  if (dataSource === undefined)
    return refuse('is required where the application provides no DataSource of its own');
  if (!hasMethods(dataSource, 'initialize', 'hasMetadata'))
    return refuse('must be a DataSource of TypeORM');
  if (!DATABASE_TYPES.includes(dataSource.options.type))
    return refuse('must be of type postgres, mariadb or better-sqlite3');
  if (!dataSource.isInitialized) return refuse('must be initialized');
  if (!dataSource.hasMetadata(AuditEventRow))
    return refuse('must have auditEntities among its entities');
  return dataSource;
}
