import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { startPrivateMariadb } from './private-mariadb.js';
import { startPrivatePostgres } from './private-postgres.js';
import {
  MASTER_NAME,
  startPrivateRedis,
  startPrivateRedisCluster,
  startPrivateSentinel,
} from './private-redis.js';
import { DATABASE_KINDS, freshPrefix, openDatabase, openRedis } from './servers.js';

const NOTHING = { entities: [], migrations: [] };

describe('the shared Redis', () => {
  it('answers', async () => {
    const redis = openRedis();

    const answer = await redis.ping();

    expect(answer).toBe('PONG');
    await redis.quit();
  });

  it('is divided by prefixes that nobody else has', () => {
    const prefixes = Array.from({ length: 100 }, freshPrefix);

    expect(new Set(prefixes).size).toBe(100);
    expect(prefixes[0]).toMatch(/^[a-z0-9]+$/);
  });
});

describe.each(DATABASE_KINDS)('a database of kind %s', (kind) => {
  it('is not seen from another one', async () => {
    const left = await openDatabase(kind, NOTHING);
    const right = await openDatabase(kind, NOTHING);

    await left.dataSource.query('CREATE TABLE door (name varchar(20))');

    const readRight = right.dataSource.query('SELECT * FROM door');
    await expect(readRight).rejects.toThrow(/door/);
    await Promise.all([left.close(), right.close()]);
  });

  it('is seen from its second connection, in full Unicode', async () => {
    const database = await openDatabase(kind, NOTHING);
    const { dataSource } = database;

    await dataSource.query('CREATE TABLE door (name varchar(20))');
    await dataSource.query("INSERT INTO door VALUES ('Tür 🚪')");
    const second = await database.connect();
    const rows = await second.query('SELECT name FROM door');

    expect(rows).toEqual([{ name: 'Tür 🚪' }]);
    await database.close();
    expect(second.isInitialized).toBe(false);
  });
});

describe('a private Redis', () => {
  it('comes back empty on its port after it was killed', async () => {
    const server = await startPrivateRedis();
    const before = new Redis(server.url, { retryStrategy: () => null });
    before.on('error', () => undefined);
    await before.set('door', 'open');

    await server.kill();
    await expect(before.ping()).rejects.toThrow();
    await server.restart();

    const after = new Redis(server.port);
    expect(await after.get('door')).toBeNull();
    after.disconnect();
    await server.stop();
  });

  it('keeps its data over a restart where its arguments say so', async () => {
    const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const server = await startPrivateRedis({ args });
    const redis = new Redis(server.url, { retryStrategy: () => 20 });
    redis.on('error', () => undefined);
    await redis.set('door', 'open');

    await server.restart();

    expect(await redis.get('door')).toBe('open');
    redis.disconnect();
    await server.stop();
  });

  it('answers nobody while paused, and everybody after', async () => {
    const server = await startPrivateRedis();
    const redis = new Redis(server.url);
    await redis.ping();

    server.pause();
    const answer = redis.ping();
    const first = await Promise.race([answer, delay(200, 'silence')]);
    server.resume();

    expect(first).toBe('silence');
    expect(await answer).toBe('PONG');
    redis.disconnect();
    await server.stop();
  });
});

describe('a private Redis Cluster', () => {
  it('serves all slots, also after a master was killed and when it is back', async () => {
    const group = await startPrivateRedisCluster();
    const [first] = group.masters;
    const started = await group.currentMasters();

    await first!.kill();
    await group.settle();
    const promoted = await group.currentMasters();
    await first!.restart();
    await group.settle();

    const cluster = new Cluster(group.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => cluster.set(key, key)));
    expect(started).toEqual(group.masters);
    expect(promoted).toEqual([...group.masters.slice(1), group.replicas[0]]);
    expect(group.nodes.every(({ isRunning }) => isRunning)).toBe(true);
    cluster.disconnect();
    await group.stop();
  });
});

describe('a private Redis behind Sentinel', () => {
  it('has another master once the first was killed', async () => {
    const group = await startPrivateSentinel();
    const before = await group.currentMaster();

    await before!.kill();
    await group.settle();

    const sentinels = group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Redis({ sentinels, name: MASTER_NAME });
    expect(await client.set('door', 'open')).toBe('OK');
    expect(before).toBe(group.nodes[0]);
    expect(await group.currentMaster()).toBe(group.nodes[1]);
    client.disconnect();
    await group.stop();
  });
});

describe.each([
  { type: 'postgres', startServer: startPrivatePostgres },
  { type: 'mariadb', startServer: startPrivateMariadb },
] as const)('a private server of kind $type', ({ type, startServer }) => {
  it('comes back on its port with its data after it was killed', async () => {
    const { DataSource } = await import('typeorm');
    const server = await startServer();
    const dataSource = new DataSource({ type, url: server.url });
    await dataSource.initialize();
    await dataSource.query("CREATE TABLE door AS SELECT 'open' AS state");

    await server.kill();
    await expect(dataSource.query('SELECT 1')).rejects.toThrow();
    await server.restart();

    const rows = await dataSource.query('SELECT state FROM door');
    expect(rows).toEqual([{ state: 'open' }]);
    await dataSource.destroy();
    await server.stop();
  });
});
