// Opens a database, to see that TypeORM and its driver were installed to work together.
import { DataSource } from 'typeorm';

const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:' });
await dataSource.initialize();
await dataSource.query('SELECT 1');
await dataSource.destroy();
console.log('typeorm opens a SQLite database');
