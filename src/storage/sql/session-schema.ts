import { CreateSessionTables1793577600000 } from './migrations/1793577600000-create-session-tables.js';

export { sessionEntities } from './session-entities.js';

/** Add these to the `migrations` of the DataSource. */
export const sessionMigrations = [CreateSessionTables1793577600000];
