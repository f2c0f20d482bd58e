import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { auditEntities, auditMigrations } from '../../src/audit/audit-schema.js';
import { openDatabase, type DatabaseKind, type TestDatabase } from '../support/servers.js';

const README = new URL('../../README.md', import.meta.url);
const ROLES = ['application', 'retention'] as const;
type Role = (typeof ROLES)[number];

/**
 * A migrated database. On PostgreSQL `dataSource` and what `connect` opens are of the role that README
 * has for the application; elsewhere all roles are one.
 */
export interface AuditDatabase extends TestDatabase {
  /** For what purge and pseudonymisation do. */
  readonly retention: DataSource;
  /** May do everything, tampering included. */
  readonly owner: DataSource;
}

/** What README grants to a role, in its words. */
function documentedGrants(role: Role): readonly string[] {
  const grants = [...readFileSync(README, 'utf8').matchAll(/^GRANT (.+) TO gatehouse_(\w+);$/gm)]
    .filter(([, , name]) => name === role)
    .map(([, grant]) => grant!);
  if (grants.length === 0) throw new Error(`README grants nothing to ${role}`);
  return grants;
}

export async function openAuditDatabase(kind: DatabaseKind): Promise<AuditDatabase> {
  const database = await openDatabase(kind, {
    entities: auditEntities,
    migrations: auditMigrations,
  });
  const owner = database.dataSource;
  await owner.runMigrations();
  if (kind !== 'postgres') return { ...database, retention: owner, owner };
  return withRoles(database);
}

async function withRoles(database: TestDatabase): Promise<AuditDatabase> {
  const owner = database.dataSource;
  const suffix = randomBytes(8).toString('hex');
  const opened: DataSource[] = [];
  const connectAs = async (role: Role): Promise<DataSource> => {
    const dataSource = await new DataSource(optionsOf(database, role, suffix)).initialize();
    opened.push(dataSource);
    return dataSource;
  };
  for (const role of ROLES) await createRole(owner, role, suffix);
  return {
    ...database,
    owner,
    options: optionsOf(database, 'application', suffix),
    dataSource: await connectAs('application'),
    retention: await connectAs('retention'),
    connect: () => connectAs('application'),
    close: async () => {
      const open = opened.filter(({ isInitialized }) => isInitialized);
      await Promise.all(open.map((dataSource) => dataSource.destroy()));
      for (const role of ROLES) await dropRole(owner, role, suffix);
      await database.close();
    },
  };
}

const nameOf = (role: Role, suffix: string): string => `gatehouse_${role}_${suffix}`;

async function createRole(owner: DataSource, role: Role, suffix: string): Promise<void> {
  const name = nameOf(role, suffix);
  await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD '${suffix}'`);
  for (const grant of documentedGrants(role)) await owner.query(`GRANT ${grant} TO ${name}`);
}

async function dropRole(owner: DataSource, role: Role, suffix: string): Promise<void> {
  await owner.query(`DROP OWNED BY ${nameOf(role, suffix)}`);
  await owner.query(`DROP ROLE ${nameOf(role, suffix)}`);
}

function optionsOf({ options }: TestDatabase, role: Role, suffix: string): TestDatabase['options'] {
  if (options.type !== 'postgres') throw new Error('Only PostgreSQL has roles here');
  const url = new URL(options.url!);
  [url.username, url.password] = [nameOf(role, suffix), suffix];
  return { ...options, url: url.href };
}
