// Makes the audit's tables where `gatehouse audit verify` looks for them.
import { mkdirSync } from 'node:fs';
import { auditEntities, auditMigrations } from 'nestjs-gatehouse/audit';
import { DataSource } from 'typeorm';

mkdirSync('data');
const dataSource = new DataSource({
  type: 'better-sqlite3',
  database: 'data/audit.sqlite',
  entities: auditEntities,
  migrations: auditMigrations,
  migrationsRun: true,
});
await dataSource.initialize();
await dataSource.destroy();
