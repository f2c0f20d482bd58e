export type { AddressPrivacy } from './audit-address.js';
export { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
export { AuditEventRow } from './audit-event-row.entity.js';
export type { AuditFinding } from './audit-finding.js';
export type { AuditKey } from './audit-key-ring.js';
export {
  AuditUnrecordedError,
  type Pseudonymisation,
  type PseudonymiseRequest,
} from './audit-pseudonymiser.js';
export { AUDIT_QUERY } from './audit-query.js';
export type { AuditFilter, AuditQuery, AuditView } from './audit-query.js';
export type { AuditReports, AuditTally, AuditTrait } from './audit-reports.js';
export { AUDIT_REPORTS } from './audit-reports.js';
export { AuditRejectedRow } from './audit-rejected-row.entity.js';
export type { AuditHealth, AuditRelayState } from './audit-relay.js';
export { auditEntities, auditMigrations } from './audit-schema.js';
export type {
  AuditHead,
  AuditVerification,
  AuditVerifyOptions,
  AuditVerifyProgress,
} from './audit-verification.js';
export { AuditService } from './audit.service.js';
export type { OwnEventView } from './own-events.controller.js';
export { SessionAuditModule } from './session-audit.module.js';
export type { SessionAuditModuleOptions } from './session-audit.options.js';
