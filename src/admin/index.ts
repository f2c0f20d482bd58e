export type { AdminScope, AdminScopeOf } from './admin-scope.js';
export type {
  ActivityView,
  AdminEventView,
  AuditBucketView,
  AuditEventView,
  AuditHistogramView,
  BlockView,
  DevicesView,
  EndedView,
  HealthView,
  JobBase,
  JobView,
  OverviewView,
  RevokeEverythingJobView,
  RevokeJobView,
  RevokePreviewView,
  SessionSearchView,
  VerifyJobView,
} from './admin-views.js';
export { SessionAdminModule } from './session-admin.module.js';
export type {
  AdminPageOptions,
  SessionAdminModuleAsyncOptions,
  SessionAdminModuleOptions,
  SessionAdminPlacement,
  SessionAdminSettings,
} from './session-admin.options.js';
