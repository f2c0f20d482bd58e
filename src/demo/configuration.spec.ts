import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { readConfiguration } from './configuration.js';
import { databaseOptions } from './database.js';
import { sessionOptions } from './sessions.js';
import { welcome } from './welcome.js';

const ADDRESS = 'http://127.0.0.1:3000';
const SESSION_SECRET = 'x'.repeat(32);

const optionsIn = (environment: NodeJS.ProcessEnv) => {
  const configuration = readConfiguration({ SESSION_SECRET, ...environment });
  return sessionOptions(configuration, new DataSource(databaseOptions(configuration)));
};

describe('the demo’s configuration', () => {
  it('needs nothing of the environment', () => {
    const configuration = readConfiguration({});

    expect(configuration).toMatchObject({ host: '127.0.0.1', port: 3000, dataFolder: './data' });
    expect(welcome(ADDRESS, configuration)).toContain(
      'sessions in data/sessions.sqlite, audit in data/audit.sqlite',
    );
    expect(optionsIn({}).cookie).toEqual({ insecureDevelopment: true });
  });

  it.each([
    [{}, 'SQLite in data/sessions.sqlite'],
    [{ MEMORY: '0' }, 'SQLite in data/sessions.sqlite'],
    [{ MEMORY: '1' }, 'memory of this process'],
    [{ DATABASE_URL: 'postgres://sql.test/sessions' }, 'PostgreSQL database "sessions"'],
    [{ DATABASE_URL: 'mariadb://sql.test/sessions' }, 'MariaDB database "sessions"'],
    [{ DATABASE_URL: 'postgres://sql.test/sessions', MEMORY: '1' }, 'memory of this process'],
    [
      { REDIS_URL: 'redis://redis.test', DATABASE_URL: 'postgres://sql.test/a', MEMORY: '1' },
      'redis.test:6379',
    ],
  ])('with %j keeps sessions in %s', (environment, place) => {
    expect(optionsIn(environment).store?.description).toContain(place);
  });

  it('gives a database server the tables of sessions only where they are used', () => {
    const DATABASE_URL = 'postgres://sql.test/gatehouse';
    const migrationsWith = (environment: NodeJS.ProcessEnv) =>
      databaseOptions(readConfiguration({ DATABASE_URL, ...environment })).migrations;

    expect(migrationsWith({})).toHaveLength(3);
    expect(migrationsWith({ MEMORY: '1' })).toHaveLength(1);
  });

  it('refuses a MEMORY that is neither 0 nor 1', () => {
    expect(() => readConfiguration({ MEMORY: 'yes' })).toThrow('MEMORY');
  });

  it('keeps to a secret that it is given, and does not show it', () => {
    const configuration = readConfiguration({ SESSION_SECRET });

    expect(optionsIn({}).secret).toBe(SESSION_SECRET);
    expect(welcome(ADDRESS, configuration)).not.toContain('SESSION_SECRET');
    expect(welcome(ADDRESS, configuration)).not.toContain(SESSION_SECRET);
  });

  it('says where it keeps the secret that it was not given', () => {
    expect(welcome(ADDRESS, readConfiguration({}))).toContain(
      'SESSION_SECRET is not set: cookies are signed with the one kept in data/session-secret',
    );
  });

  it('shows servers without their passwords', () => {
    const text = welcome(
      ADDRESS,
      readConfiguration({
        REDIS_URL: 'redis://:hidden@redis.test:6379',
        DATABASE_URL: 'postgres://me:hidden@sql.test/gatehouse',
      }),
    );

    expect(text).toContain('redis://redis.test:6379');
    expect(text).toContain('postgres://sql.test/gatehouse');
    expect(text).not.toContain('hidden');
  });

  it('refuses production without a secret, and asks for secure cookies there', () => {
    expect(() => readConfiguration({ NODE_ENV: 'production' })).toThrow('SESSION_SECRET');
    expect(optionsIn({ NODE_ENV: 'production' }).cookie).toEqual({ insecureDevelopment: false });
  });

  it.each(['abc', '-1', '65536', '3000.5'])('refuses the port %s', (PORT) => {
    expect(() => readConfiguration({ PORT })).toThrow('PORT');
  });

  it.each([
    ['postgres://sql.test/gatehouse', 'postgres'],
    ['postgresql://sql.test/gatehouse', 'postgres'],
    ['mariadb://sql.test/gatehouse', 'mariadb'],
  ])('takes the driver from %s', (DATABASE_URL, type) => {
    expect(databaseOptions(readConfiguration({ DATABASE_URL }))).toMatchObject({ type });
  });

  it.each(['sql.test', 'oracle://sql.test'])('refuses the database %s', (DATABASE_URL) => {
    expect(() => databaseOptions(readConfiguration({ DATABASE_URL }))).toThrow('DATABASE_URL');
  });

  it('refuses MySQL, and says how a MariaDB is named', () => {
    const configuration = readConfiguration({ DATABASE_URL: 'mysql://me:hidden@sql.test/db' });

    expect(() => databaseOptions(configuration)).toThrow(
      'DATABASE_URL must begin with postgres:// or mariadb://; MySQL does not work',
    );
  });
});
