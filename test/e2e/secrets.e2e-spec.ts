import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { Redis } from 'ioredis';
import { SessionAuditModule, auditEntities, auditMigrations } from '../../src/audit/index.js';
import { parseSessionToken, type ParsedToken } from '../../src/core/ids.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser, type Answer } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { startPrivateRedis, type PrivateServer } from '../support/private-redis.js';
import { openDatabase, type TestDatabase } from '../support/servers.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

const ALICE = { tenantId: '', userId: 'alice' };

/** Everything a life of sessions leaves behind, where somebody might read it. */
describe('after logging in, using, listing, rotating and ending sessions', () => {
  const lines: string[] = [];
  const bodies: string[] = [];
  const tokens: ParsedToken[] = [];
  const keep = (...parts: unknown[]): void => {
    lines.push(parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '));
  };
  const logger: LoggerService = { log: keep, error: keep, warn: keep, debug: keep, verbose: keep };
  let clock: FakeClock;
  let server: PrivateServer;
  let redis: Redis;
  let database: TestDatabase;
  let sut: SessionApp;
  let rows: string;
  let stored: { key: string; value: Buffer }[];

  const note = (answer: Answer): Answer => {
    const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie');
    bodies.push(answer.text, JSON.stringify(headers));
    const value = decodeURIComponent(answer.setCookie ?? '').slice(2, 74);
    const token = parseSessionToken(value);
    if (token) tokens.push(token);
    return answer;
  };

  beforeAll(async () => {
    clock = new FakeClock();
    server = await startPrivateRedis({ args: ['--rdbcompression', 'no'] });
    redis = new Redis(server.url);
    database = await openDatabase('sqlite', {
      entities: auditEntities,
      migrations: auditMigrations,
    });
    await database.dataSource.runMigrations();
    sut = await startSessionApp(
      {
        store: redisStore(redis),
        clock,
        rotationInterval: '2m',
        maxSessionsPerUser: 2,
      },
      { imports: [SessionAuditModule.forRoot({ dataSource: database.dataSource })] },
      logger,
    );
    await liveThrough();
    rows = await auditRows();
    stored = await dump();
  });

  afterAll(async () => {
    await sut.close();
    await redis.quit();
    await server.stop();
    await database.close();
  });

  async function liveThrough(): Promise<void> {
    const [here, there, third] = [0, 1, 2].map(() => new Browser(sut.url)) as [
      Browser,
      Browser,
      Browser,
    ];
    note(await here.post('/data?colour=red'));
    note(await here.post('/login?user=alice'));
    note(await there.post('/login?user=alice'));
    note(await here.get('/sessions'));
    note(await here.get('/session'));
    const old = here.copy();
    clock.advance('2m');
    note(await here.get('/guarded'));
    note(await here.get('/guarded'));
    note(await here.post('/rotate'));
    note(await here.post('/reauthenticate'));
    note(await third.post('/login?user=alice'));
    note(await there.get('/guarded'));
    clock.advance('2m');
    note(await old.get('/guarded'));
    note(await here.get('/guarded'));
    await sut.sessions.revokeAll(ALICE, { reason: 'ended-by-admin' });
    note(await third.get('/guarded'));
    note(await third.post('/login?user=alice'));
    note(await third.post('/logout'));
    note(await third.get('/nowhere'));
  }

  async function auditRows(): Promise<string> {
    const count = async (): Promise<number> =>
      Number((await database.dataSource.query('select count(*) as n from audit_events'))[0].n);
    await eventually(async () => (await count()) >= 10);
    const tables = ['audit_events', 'audit_rejected', 'audit_checkpoints'];
    const contents = tables.map((table) => database.dataSource.query(`select * from ${table}`));
    return JSON.stringify(await Promise.all(contents));
  }

  async function dump(): Promise<{ key: string; value: Buffer }[]> {
    const keys = await redis.keys('*');
    return Promise.all(
      keys.map(async (key) => ({ key, value: (await redis.dumpBuffer(key)) ?? Buffer.of() })),
    );
  }

  const secretOf = ({ token }: ParsedToken): string => token.slice(24);
  const secretBytesOf = (token: ParsedToken): Buffer =>
    Buffer.from(secretOf(token), 'base64url').subarray(4);

  it('many tokens have been issued, and much has been left behind', () => {
    expect(tokens.length).toBeGreaterThanOrEqual(7);
    expect(stored.length).toBeGreaterThan(5);
    expect(rows).toContain('session.token_reused');
    expect(bodies.join()).toContain('"current":true');
  });

  it('no token and no secret of one is in a row, a log line or an answer', () => {
    const read = [rows, ...lines, ...bodies].join('\n');

    for (const token of tokens) {
      expect(read).not.toContain(token.token);
      expect(read).not.toContain(secretOf(token));
      expect(read).not.toContain(secretBytesOf(token).toString('hex'));
    }
  });

  it('no token hash is in a row, a log line or an answer', () => {
    const read = [rows, ...lines, ...bodies].join('\n');

    for (const { tokenHash } of tokens) expect(read).not.toContain(tokenHash);
  });

  const isIn = ({ key, value }: { key: string; value: Buffer }, token: ParsedToken): boolean =>
    [secretOf(token), secretBytesOf(token).toString('hex')].some(
      (secret) => key.includes(secret) || value.includes(secret),
    ) || value.includes(secretBytesOf(token));

  it('no token and no secret of one is in any key or value in Redis', () => {
    const leaks = stored.filter((entry) => tokens.some((token) => isIn(entry, token)));

    expect(leaks.map(({ key }) => key)).toEqual([]);
  });

  it.each([
    ['a string', (token: ParsedToken) => redis.set('planted', `some text ${token.token} and more`)],
    ['a stream', (token: ParsedToken) => redis.xadd('planted', '*', 'field', token.token)],
    ['a set, as bytes', (token: ParsedToken) => redis.sadd('planted', secretBytesOf(token))],
  ])('one that were there in %s would have been found', async (_name, plant) => {
    await redis.del('planted');
    await plant(tokens[0]!);

    const leaks = (await dump()).filter((entry) => isIn(entry, tokens[0]!));

    expect(leaks.map(({ key }) => key)).toEqual(['planted']);
  });

  it('no session data is in a row, a log line or an answer of the module itself', () => {
    expect([rows, ...lines].join('\n')).not.toContain('colour');
  });
});
