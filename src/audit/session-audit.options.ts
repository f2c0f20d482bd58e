import type { DataSource } from 'typeorm';
import type { Duration } from '../core/duration.js';
import { SessionConfigInvalidError } from '../core/errors.js';
import { resolveDuration } from '../core/session-options.js';
import type { AddressPrivacy } from './audit-address.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import { resolveKeyRing, type AuditKey, type AuditKeyRing } from './audit-key-ring.js';

/** @publicApi */
export interface SessionAuditModuleOptions {
  /**
   * Initialized, with `auditEntities`, and migrated with `auditMigrations`. It is never closed
   * here. Default: the container's `DataSource`, which is what @nestjs/typeorm provides.
   */
  readonly dataSource?: DataSource;
  /** Age, since they were recorded, at which events are deleted; at least 1d. Default: kept forever. */
  readonly retention?: Duration;
  /** The first signs the chain, all verify. Required in production. Default: the chain is not keyed. */
  readonly keys?: readonly AuditKey[];
  /** `shortened` keeps the network of an address (IPv4 /24, IPv6 /48) and not the rest. Default: full. */
  readonly addressPrivacy?: AddressPrivacy;
  /** Longest that an event waits for a database which is there; 100ms to 1m. Default: 1s. */
  readonly pollInterval?: Duration;
}

export interface AuditSettings {
  readonly retentionMs: number | undefined;
  readonly keys: AuditKeyRing;
  readonly addressPrivacy: AddressPrivacy;
  readonly pollIntervalMs: number;
}

/** @throws SessionConfigInvalidError */
export function resolveAuditSettings(
  options: SessionAuditModuleOptions,
  environment: string | undefined,
): AuditSettings {
  const { retention, keys, addressPrivacy = 'full', pollInterval = '1s' } = options;
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
  };
}

/** @throws SessionConfigInvalidError */
export function requireAuditDataSource(dataSource: DataSource | undefined): DataSource {
  const refuse = (rule: string): never => {
    throw new SessionConfigInvalidError('dataSource', rule);
  };
  if (dataSource === undefined)
    return refuse('is required where the application provides no DataSource of its own');
  if (!dataSource.isInitialized) return refuse('must be initialized');
  if (!dataSource.hasMetadata(AuditEventRow))
    return refuse('must have auditEntities among its entities');
  return dataSource;
}
