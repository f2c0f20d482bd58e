import { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import { AuditRejectedRow } from './audit-rejected-row.entity.js';
import { CreateAuditTables1793491200000 } from './migrations/1793491200000-create-audit-tables.js';

/** Add these to the `entities` of the DataSource. */
export const auditEntities = [AuditEventRow, AuditRejectedRow, AuditCheckpointRow];

/** Add these to its `migrations`. */
export const auditMigrations = [CreateAuditTables1793491200000];
