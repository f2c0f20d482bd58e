export type { AdminScope, AdminScopeOf } from './admin-scope.js';
export type {
  AuditEventView,
  EndedView,
  RevokeWhereView,
  SessionSearchView,
} from './admin-views.js';
export { SessionAdminModule } from './session-admin.module.js';
export type {
  SessionAdminModuleAsyncOptions,
  SessionAdminModuleOptions,
  SessionAdminPlacement,
  SessionAdminSettings,
} from './session-admin.options.js';
