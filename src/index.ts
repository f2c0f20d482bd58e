export { systemClock, type Clock } from './core/clock.js';
export type { Duration } from './core/policy/duration.js';
export {
  AuditUnavailableError,
  CsrfRejectedError,
  SessionAuditBacklogError,
  SessionConfigInvalidError,
  SessionConflictError,
  SessionDataTooLargeError,
  SessionDataUnreadableError,
  SessionEndedError,
  SessionError,
  SessionHeadersSentError,
  SessionIdentityInvalidError,
  SessionInputInvalidError,
  SessionJobLimitReachedError,
  SessionLayoutMismatchError,
  SessionLimitReachedError,
  SessionNotFoundError,
  SessionNotFreshError,
  SessionRequiredError,
  SessionStoreUnavailableError,
  SessionThrottledError,
  SessionUserBlockedError,
  type SessionErrorCode,
} from './core/errors.js';
export type { DataEncryptionOptions, DataKey } from './core/encryption/data-key-ring.js';
export type {
  AuditContext,
  AuditEvent,
  AuditEventType,
  Initiator,
} from './core/audit/audit-event.js';
export { parseSessionId, type SessionId, type TokenHash } from './core/ids.js';
export type { RequestContext } from './core/operations.js';
export type { JustifiedDeviation, PolicyDescription } from './core/policy/policy-description.js';
export type {
  BoundOption,
  Justification,
  PolicyDeviation,
  PolicyInput,
  PolicyPreset,
} from './core/policy/policy-preset.js';
export type { AdoptionSource, LegacySession } from './core/adoption/session-adoption.js';
export type {
  RevokeAllOptions,
  RevokeCause,
  ShardProgress,
} from './core/directory/session-directory.js';
export { passportUserIdOf, type NamedUser } from './core/named-user.js';
export { STORE_UNAVAILABLE, type ConnectionEnding } from './core/live/live-binding.js';
export type { SessionEnding } from './core/live/session-endings.js';
export type { SessionInfo } from './core/session-info.js';
export type { Identity } from './core/session-lifecycle.js';
export type { SessionNotice } from './core/live/session-notices.js';
export type {
  LiveActivity,
  OnLimit,
  SessionOptions,
  SessionOptionsInput,
} from './core/policy/session-options.js';
export type {
  Device,
  SessionData,
  SessionRecord,
  StoredSession,
  Tombstone,
} from './core/session-record.js';
export type { SessionFilter } from './core/directory/session-filter.js';
export type {
  CreateRequest,
  CreateResult,
  CreationBound,
  CreationPoint,
  EndedSession,
  FoundSession,
  NewSession,
  Operation,
  OutboxEntry,
  OutboxState,
  Page,
  PageRequest,
  RateLimit,
  RateLimiter,
  RevokeAllRequest,
  RevokeRequest,
  RevokeResult,
  RotateRequest,
  RotateResult,
  SaveRequest,
  SaveResult,
  SessionStore,
  StoreHealth,
  StoreLink,
  StoreMessage,
  StoreSettings,
  StoreWatch,
  StoreWatcher,
  SweepResult,
} from './core/session-store.js';
export type { AuditAnchor } from './core/audit/audit-anchor.js';
export { contextOf } from './express/request-context.js';
export { toSessionView, type SessionView } from './core/directory/session-view.js';
export type { User } from './core/user.js';
export type { ClearSiteDataDirective } from './express/clear-site-data.js';
export type { CsrfOptions } from './express/csrf/csrf-policy.js';
export type { SessionCookieOptions } from './express/session-cookie.js';
export type { MiddlewareKind } from './express/session-middleware.js';
export type { UserIdOf } from './express/user-id-of.js';
export { findSignedIn, type SignedInSession } from './nest/current-session.js';
export { CurrentSession } from './nest/decorators/current-session.decorator.js';
export { CurrentUser } from './nest/decorators/current-user.decorator.js';
export { OnSessionEnded } from './nest/decorators/on-session-ended.decorator.js';
export { Passive } from './nest/decorators/passive.decorator.js';
export { Public } from './nest/decorators/public.decorator.js';
export { RequireFresh } from './nest/decorators/require-fresh.decorator.js';
export { StrictSession } from './nest/decorators/strict-session.decorator.js';
export { SkipCsrf } from './nest/decorators/skip-csrf.decorator.js';
export {
  SessionSubscriptions,
  type GraphqlWsContext,
  type GraphqlWsHooks,
  type GraphqlWsOptions,
} from './nest/graphql/session-subscriptions.js';
export { CsrfGuard } from './nest/guards/csrf.guard.js';
export { SessionGuard } from './nest/guards/session.guard.js';
export type { DeadlinesView, ListView } from './nest/self-service-views.js';
export {
  SessionAccountPageModule,
  type SessionAccountPageOptions,
} from './nest/pages/session-account-page.module.js';
export type { PageLinks } from './nest/pages/served-page.js';
export type { PlaceOf } from './nest/places.js';
export type { SessionModuleOptions } from './nest/session-module.options.js';
export type { SessionModuleExtras } from './nest/session.module-definition.js';
export { SessionModule } from './nest/session.module.js';
export {
  SessionService,
  type AccountChange,
  type FailedLogin,
  type RevokeWhereOptions,
  type RevokeWhereResult,
  type SessionHealth,
  type SessionSearchPage,
} from './nest/session.service.js';
export { InjectSessionStore, SESSION_STORE } from './nest/session.tokens.js';
export { memoryStore, type MemoryStoreOptions } from './storage/memory/index.js';
