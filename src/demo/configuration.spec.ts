import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from './configuration.js';
import { databaseOptions } from './database.js';
import { sessionOptions } from './sessions.js';
import { welcome } from './welcome.js';

const ADDRESS = 'http://127.0.0.1:3000';

describe('the demo’s configuration', () => {
  it('needs nothing of the environment', () => {
    const configuration = readConfiguration({});

    expect(configuration).toMatchObject({ host: '127.0.0.1', port: 3000, dataFolder: './data' });
    expect(sessionOptions(configuration)).toMatchObject({
      secret: configuration.sessionSecret,
      store: undefined,
      cookie: { insecureDevelopment: true },
    });
  });

  it('makes another secret at every start, and says so', () => {
    const [first, second] = [readConfiguration({}), readConfiguration({})];

    expect(first.sessionSecret).not.toBe(second.sessionSecret);
    expect(welcome(ADDRESS, first)).toContain('SESSION_SECRET is not set');
  });

  it('keeps to a secret that it is given, and does not show it', () => {
    const configuration = readConfiguration({ SESSION_SECRET: 'x'.repeat(32) });

    expect(configuration.sessionSecret).toBe('x'.repeat(32));
    expect(welcome(ADDRESS, configuration)).not.toContain('SESSION_SECRET');
    expect(welcome(ADDRESS, configuration)).not.toContain(configuration.sessionSecret);
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
    const production = { NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(32) };

    expect(() => readConfiguration({ NODE_ENV: 'production' })).toThrow('SESSION_SECRET');
    expect(sessionOptions(readConfiguration(production)).cookie).toEqual({
      insecureDevelopment: false,
    });
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
