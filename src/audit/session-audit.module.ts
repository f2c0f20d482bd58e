import { Inject, Logger, Module, type FactoryProvider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { outliveConnections } from '../core/outlive-connections.js';
import type { SessionCore } from '../core/session-core.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import { AuditJournal } from './audit-journal.js';
import { UNKEYED } from './audit-key-ring.js';
import { AuditPseudonymiser } from './audit-pseudonymiser.js';
import { AUDIT_QUERY } from './audit-query.js';
import { AuditReader } from './audit-reader.js';
import { AUDIT_REPORTS } from './audit-reports.js';
import { AuditRelay } from './audit-relay.js';
import { AuditRetention } from './audit-retention.js';
import { AuditVerifier } from './audit-verifier.js';
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
  useFactory: (options: SessionAuditModuleOptions, ofContainer?: DataSource) => {
    const { dataSource: wanted = ofContainer } = options;
    const source = requireAuditDataSource('dataSource', wanted);
    outliveConnections(source.driver);
    return source;
  },
};

const retentionDataSource: FactoryProvider<DataSource> = {
  provide: RETENTION_DATA_SOURCE,
  inject: [SESSION_AUDIT_OPTIONS, AUDIT_DATA_SOURCE],
  useFactory: (options: SessionAuditModuleOptions, ofAudit: DataSource) => {
    const { retentionDataSource: wanted = ofAudit } = options;
    const source = requireAuditDataSource('retentionDataSource', wanted);
    outliveConnections(source.driver);
    return source;
  },
};

const reader: FactoryProvider<AuditReader> = {
  provide: AuditReader,
  inject: [AUDIT_SETTINGS],
  useFactory: ({ queryTimeoutMs: timeoutMs }: AuditSettings) =>
    new AuditReader({ timeoutMs, logger }),
};

const query: FactoryProvider<SqlAuditQuery> = {
  provide: AUDIT_QUERY,
  inject: [AUDIT_DATA_SOURCE, AuditReader],
  useFactory: (source: DataSource, ofAudit: AuditReader) => new SqlAuditQuery(source, ofAudit),
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

const verifier: FactoryProvider<AuditVerifier> = {
  provide: AuditVerifier,
  inject: [AUDIT_SETTINGS, AUDIT_DATA_SOURCE, SESSION_CORE],
  useFactory: ({ keys }: AuditSettings, source: DataSource, { store: anchors }: SessionCore) =>
    new AuditVerifier({ dataSource: source, keys, anchors }),
};

const pseudonymiser: FactoryProvider<AuditPseudonymiser> = {
  provide: AuditPseudonymiser,
  inject: [RETENTION_DATA_SOURCE, SESSION_CORE, AuditRelay],
  useFactory: (source: DataSource, core: SessionCore, copier: AuditRelay) =>
    new AuditPseudonymiser({ core, relay: copier, dataSource: source }),
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
    reader,
    query,
    relay,
    retention,
    verifier,
    pseudonymiser,
    AuditService,
    { provide: AUDIT_REPORTS, useExisting: AuditService },
    AuditWorker,
  ],
  exports: [AuditService, AUDIT_QUERY, AUDIT_REPORTS],
})
export class SessionAuditModule extends ConfigurableModuleClass {
  constructor(@Inject(AUDIT_SETTINGS) { keys }: AuditSettings) {
    super();
    if (keys[0] === UNKEYED) logger.warn('The audit chain is not keyed: tampering cannot be told');
  }
}
