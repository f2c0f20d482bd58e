import { Inject, Logger, Module, type FactoryProvider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SessionCore } from '../core/session-core.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import { AuditJournal } from './audit-journal.js';
import { UNKEYED } from './audit-key-ring.js';
import { AUDIT_QUERY } from './audit-query.js';
import { AuditRelay } from './audit-relay.js';
import { AuditRetention } from './audit-retention.js';
import { AuditWorker } from './audit-worker.js';
import { AuditService } from './audit.service.js';
import {
  ConfigurableModuleClass,
  SESSION_AUDIT_OPTIONS,
} from './session-audit.module-definition.js';
import {
  requireAuditDataSource,
  requireAuditOn,
  resolveAuditSettings,
  type AuditSettings,
  type SessionAuditModuleOptions,
} from './session-audit.options.js';
import { SqlAuditQuery } from './sql-audit-query.js';

const logger = new Logger('SessionAudit');

const AUDIT_SETTINGS = Symbol('AUDIT_SETTINGS');
const AUDIT_DATA_SOURCE = Symbol('AUDIT_DATA_SOURCE');
const RETENTION_DATA_SOURCE = Symbol('RETENTION_DATA_SOURCE');

const settings: FactoryProvider<AuditSettings> = {
  provide: AUDIT_SETTINGS,
  inject: [SESSION_AUDIT_OPTIONS, SESSION_CORE],
  useFactory: (options: SessionAuditModuleOptions, core: SessionCore) => {
    requireAuditOn(core.options);
    return resolveAuditSettings(options, process.env['NODE_ENV']);
  },
};

const dataSource: FactoryProvider<DataSource> = {
  provide: AUDIT_DATA_SOURCE,
  inject: [SESSION_AUDIT_OPTIONS, { token: DataSource, optional: true }],
  useFactory: (options: SessionAuditModuleOptions, ofContainer?: DataSource) =>
    requireAuditDataSource('dataSource', options.dataSource ?? ofContainer),
};

const retentionDataSource: FactoryProvider<DataSource> = {
  provide: RETENTION_DATA_SOURCE,
  inject: [SESSION_AUDIT_OPTIONS, AUDIT_DATA_SOURCE],
  useFactory: (options: SessionAuditModuleOptions, source: DataSource) =>
    requireAuditDataSource('retentionDataSource', options.retentionDataSource ?? source),
};

const query: FactoryProvider<SqlAuditQuery> = {
  provide: AUDIT_QUERY,
  inject: [AUDIT_DATA_SOURCE],
  useFactory: (source: DataSource) => new SqlAuditQuery(source),
};

const relay: FactoryProvider<AuditRelay> = {
  provide: AuditRelay,
  inject: [AUDIT_SETTINGS, AUDIT_DATA_SOURCE, SESSION_CORE],
  useFactory: (
    { keys, addressPrivacy, pollIntervalMs }: AuditSettings,
    source: DataSource,
    { store: outbox, operations: clock }: SessionCore,
  ) => {
    const journal = new AuditJournal({ dataSource: source, keys, addressPrivacy, clock });
    return new AuditRelay({ outbox, journal, pollIntervalMs, clock, logger });
  },
};

const retention: FactoryProvider<AuditRetention | undefined> = {
  provide: AuditRetention,
  inject: [AUDIT_SETTINGS, RETENTION_DATA_SOURCE, SESSION_CORE],
  useFactory: ({ keys, retentionMs }: AuditSettings, source: DataSource, core: SessionCore) =>
    retentionMs === undefined
      ? undefined
      : new AuditRetention({ core, dataSource: source, keys, retentionMs }),
};

/**
 * Copies audit events from the session store to a database, and answers queries there. Needs
 * `SessionModule`.
 * @publicApi
 */
@Module({
  providers: [
    settings,
    dataSource,
    retentionDataSource,
    query,
    relay,
    retention,
    AuditService,
    AuditWorker,
  ],
  exports: [AuditService, AUDIT_QUERY],
})
export class SessionAuditModule extends ConfigurableModuleClass {
  constructor(@Inject(AUDIT_SETTINGS) { keys }: AuditSettings) {
    super();
    if (keys[0] === UNKEYED) logger.warn('The audit chain is not keyed: tampering cannot be told');
  }
}
