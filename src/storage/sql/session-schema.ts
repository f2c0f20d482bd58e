import { CreateSessionTables1793577600000 } from './migrations/1793577600000-create-session-tables.js';
import { CreateSessionAnchors1793664000000 } from './migrations/1793664000000-create-session-anchors.js';

export { sessionEntities } from './session-entities.js';

/** Add these to the `migrations` of the DataSource. */
export const sessionMigrations = [
  CreateSessionTables1793577600000,
  CreateSessionAnchors1793664000000,
];
