export { sessionEntities, sessionMigrations } from './session-schema.js';
export { sqlStore, type SqlSessionStore } from './sql-store.js';
export type { SqlStoreOptions } from './sql-store-options.js';
