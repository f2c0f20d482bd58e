import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { redisStore } from '../../src/storage/redis/index.js';
import { sqlStore } from '../../src/storage/sql/index.js';
import type { EndedSession, SessionStore, StoreLink, StoreWatch } from '../../src/index.js';
import { anOperation, aSession, someSettings } from '../../src/testing/builders.js';
import { systemClock } from '../../src/core/clock.js';
import { eventually } from '../support/eventually.js';
import { freshPrefix, openRedis } from '../support/servers.js';
import { openMigratedDatabase } from './sql-fixtures.js';

interface Linked {
  readonly store: SessionStore;
  /** Breaks the connection that listens, as a server or a network would. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

async function openOnRedis(): Promise<Linked> {
  const client = openRedis();
  const store = redisStore(client, { prefix: freshPrefix() });
  await store.start(someSettings({ clock: systemClock }));
  return {
    store,
    cut: async () => {
      const clients = String(await client.call('CLIENT', 'LIST', 'TYPE', 'pubsub'));
      for (const [, id] of clients.matchAll(/^id=(\d+)/gm)) await client.client('KILL', 'ID', id!);
    },
    close: async () => {
      await store.close();
      await client.quit();
    },
  };
}

async function openOnPostgres(): Promise<Linked> {
  const database = await openMigratedDatabase('postgres');
  const store = sqlStore(database.dataSource);
  await store.start(someSettings({ clock: systemClock }));
  return {
    store,
    cut: async () => {
      await database.dataSource.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()
         and query ~ '^(listen|select 1$)'`,
      );
    },
    close: async () => {
      await store.close();
      await database.close();
    },
  };
}

describe.each([
  { name: 'Redis', open: openOnRedis },
  { name: 'PostgreSQL', open: openOnPostgres },
])('the link to $name', ({ open }) => {
  let linked: Linked;
  let links: StoreLink[];
  let endings: EndedSession[];
  let watch: StoreWatch;

  beforeEach(async () => {
    linked = await open();
    links = [];
    endings = [];
    watch = await linked.store.watch({
      message: (message) => {
        if (message.type === 'ended') endings.push(...message.endings);
      },
      link: (link) => links.push(link),
    });
  });
  afterEach(() => linked.close());

  async function endOne(): Promise<string> {
    const { store } = linked;
    const session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, anOperation(systemClock));
    await store.revoke({ id: session.id, reason: 'logout' }, anOperation(systemClock));
    return session.id;
  }

  it('is told to be down when it is cut, and comes back by itself', async () => {
    await linked.cut();

    await eventually(async () => links.length >= 3);
    const id = await endOne();
    await eventually(async () => endings.some((ending) => ending.id === id));

    expect(links.slice(0, 3)).toEqual(['connected', 'disconnected', 'connected']);
    expect(watch.link).toBe('connected');
    expect((await linked.store.health()).details['push']).toBe('connected');
  });

  it('closes with the last who watches', async () => {
    await watch.close();

    await endOne();

    expect((await linked.store.health()).details['push']).toBe('disconnected');
    expect(endings).toEqual([]);
  });
});

describe('a Redis that lets nobody listen', () => {
  it('ends sessions all the same, and says so once', async () => {
    const prefix = freshPrefix();
    const admin = openRedis();
    await admin.acl('SETUSER', prefix, 'on', '>password', `~${prefix}:*`, '+@all', 'resetchannels');
    const client = openRedis({ username: prefix, password: 'password' });
    const store = redisStore(client, { prefix });
    const warnings: string[] = [];
    await store.start(someSettings({ clock: systemClock, warn: (told) => warnings.push(told) }));
    const watch = await store.watch({ message: () => undefined, link: () => undefined });
    const session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, anOperation(systemClock));

    const { result } = await store.revoke(
      { id: session.id, reason: 'logout' },
      anOperation(systemClock),
    );

    expect(result).toBe('revoked');
    expect(watch.link).toBe('disconnected');
    expect(warnings.filter((told) => told.includes('listen'))).toHaveLength(1);
    await store.close();
    client.disconnect();
    await admin.acl('DELUSER', prefix);
    await admin.quit();
  });

  it('ignores what is no message of the store’s', async () => {
    const prefix = freshPrefix();
    const client = openRedis();
    const store = redisStore(client, { prefix });
    await store.start(someSettings({ clock: systemClock }));
    const told: unknown[] = [];
    await store.watch({ message: (message) => told.push(message), link: () => undefined });

    for (const junk of ['', 'junk', '\xc1', '\x81\xa1e\x01', '\xc0', '\x81\xa1e\x91\xc0'])
      await client.publish(`${prefix}:{0}:push`, Buffer.from(junk, 'latin1'));
    await client.publish(`${prefix}:{0}:push`, Buffer.from('\x81\xa1p\x01', 'latin1'));
    await eventually(async () => told.length > 0);

    expect(told).toEqual([{ type: 'epoch', shard: 0 }]);
    await store.close();
    await client.quit();
  });
});

describe('a PostgreSQL that takes connections and then says nothing', () => {
  it('is given up and tried again, so that the link comes back when it does', async () => {
    const connections: Socket[] = [];
    const silent = createServer((socket) => void connections.push(socket.on('error', () => {})));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const database = await openMigratedDatabase('postgres');
    const store = sqlStore(database.dataSource);
    await store.start(someSettings({ clock: systemClock }));
    const { master: pool } = database.dataSource.driver as unknown as {
      readonly master: { options: object };
    };
    const { options } = pool;
    pool.options = { host: '127.0.0.1', port };

    const watch = await store.watch({ message: () => undefined, link: () => undefined });
    await eventually(async () => connections.length > 1);
    pool.options = options;
    await eventually(async () => watch.link === 'connected');

    await store.close();
    await database.close();
    connections.forEach((socket) => socket.destroy());
    await new Promise((resolve) => silent.close(resolve));
  });
});
