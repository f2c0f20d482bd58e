import { Cluster, Command, Redis, type ClusterOptions } from 'ioredis';
import { systemClock } from '../../core/clock.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { shardOfSession } from '../../core/ids.js';
import type { NewSession, Operation } from '../../core/session-store.js';
import { anOperation, aSession, someSettings } from '../../testing/index.js';
import { eventually } from '../../../test/support/eventually.js';
import {
  startPrivateRedisCluster,
  type PrivateRedisCluster,
  type PrivateServer,
} from '../../../test/support/private-redis.js';
import { shardKeys } from './redis-keys.js';
import type { RedisStoreOptions } from './redis-store-options.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';

const TIMEOUT_MS = 1_000;
const SLACK_MS = 400;
const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];

describe('a Redis store on a Cluster', () => {
  let group: PrivateRedisCluster;
  let opened: (Cluster | RedisSessionStore)[];

  beforeAll(async () => {
    group = await startPrivateRedisCluster({ failureAfterMs: 1_500, args: AOF });
  });
  afterAll(() => group.stop());
  beforeEach(() => {
    opened = [];
  });
  afterEach(async () => {
    for (const each of opened) await ('disconnect' in each ? each.disconnect() : each.close());
    for (const node of group.nodes) if (!node.isRunning) await node.restart();
    await group.settle();
  });

  const clientOf = (options: ClusterOptions = {}): Cluster => {
    const nodes = group.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Cluster(nodes, { lazyConnect: true, ...options });
    opened.push(client);
    return client;
  };
  const started = async (
    options: RedisStoreOptions = {},
    client = clientOf(),
  ): Promise<RedisSessionStore> => {
    const store = redisStore(client, options);
    opened.push(store);
    await store.start(someSettings({ storeTimeoutMs: TIMEOUT_MS }));
    return store;
  };
  const operation = (overrides: Partial<Operation> = {}): Operation =>
    anOperation(systemClock, { deadline: systemClock.now() + TIMEOUT_MS, ...overrides });
  const login = async (store: RedisSessionStore): Promise<NewSession> => {
    const session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, operation());
    return session;
  };
  const slotOf = ({ id }: NewSession): number =>
    new Command('get', [shardKeys('gh', shardOfSession(id)).prefix]).getSlot()!;
  /** One session in a shard of each of these masters. */
  const loginOn = async (
    store: RedisSessionStore,
    masters: readonly PrivateServer[],
  ): Promise<readonly NewSession[]> => {
    const ranges = await slotsOf(group.nodes[0]!);
    const found = new Map<number, NewSession>();
    while (found.size < masters.length) {
      const session = aSession({ clock: systemClock, shards: store.shards });
      const slot = slotOf(session);
      const range = ranges.find(({ from, to }) => slot >= from && slot <= to)!;
      if (masters.some(({ port }) => port === range.port)) found.set(range.port, session);
    }
    const sessions = masters.map(({ port }) => found.get(port)!);
    for (const session of sessions) await store.create({ session }, operation());
    return sessions;
  };
  const outcomeOf = async (call: Promise<unknown>): Promise<{ ok: boolean; elapsedMs: number }> => {
    const begun = performance.now();
    const ok = await call.then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(SessionStoreUnavailableError);
        return false;
      },
    );
    return { ok, elapsedMs: performance.now() - begun };
  };

  /** A Cluster tells clients of a replica once it has received something. */
  const replicasAreListed = async (): Promise<boolean> =>
    withNode(group.nodes[0]!, async (node) =>
      (await node.cluster('SLOTS')).every(([, , ...nodes]) => nodes.length > 1),
    );

  it('reads from masters only, whatever the application does', async () => {
    const sessions = await loginOn(await started(), group.masters);
    await eventually(replicasAreListed);
    const store = await started({}, clientOf({ scaleReads: 'slave' }));

    for (const { id } of sessions)
      expect(await store.find(id)).toMatchObject({ session: { state: 'active' } });

    for (const replica of group.replicas)
      expect(await withNode(replica, (node) => node.info('commandstats'))).not.toContain('mget');
  });

  it('waits for the replicas of the master that has the change', async () => {
    const store = await started({ durability: 'replicated' });
    const sessions = await loginOn(store, group.masters);
    await group.replicas[0]!.kill();

    const outcomes = await Promise.all(
      sessions.map(({ id }) => outcomeOf(store.revoke({ id, reason: 'admin' }, operation()))),
    );

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(outcomes[0]!.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await store.find(sessions[0]!.id)).toMatchObject({ session: { state: 'revoked' } });
  });

  it('follows a slot that moves, and is bounded while it does', async () => {
    const store = await started();
    const [from, to] = await group.currentMasters();
    const [session] = await loginOn(store, [from!]);
    const slot = slotOf(session!);

    await beginMove(from!, to!, slot);
    const reading = await outcomeOf(store.find(session!.id));
    const writing = await outcomeOf(store.touch(session!.id, operation()));
    await endMove(from!, to!, slot);

    expect(reading.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(writing.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await store.touch(session!.id, operation())).toBe('touched');
    expect(await store.find(session!.id)).toMatchObject({ session: { state: 'active' } });
  });

  it('goes on elsewhere when a master dies, and there when its replica has taken over', async () => {
    const store = await started();
    const masters = await group.currentMasters();
    const [lost, kept] = await loginOn(store, masters);
    await masters[0]!.kill();

    const away = await outcomeOf(store.find(lost!.id));
    const elsewhere = await outcomeOf(store.touch(kept!.id, operation()));
    await group.settle();
    await eventually(async () => (await outcomeOf(store.find(lost!.id))).ok);

    expect(away.ok).toBe(false);
    expect(away.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(elsewhere.ok).toBe(true);
    expect(await store.touch(lost!.id, operation())).toBe('touched');
  });

  it('is unavailable while slots are served by nobody, and recovers by itself', async () => {
    const store = await started();
    const session = await login(store);
    const stopped = [group.masters[1]!, group.replicas[1]!];
    for (const node of stopped) await node.kill();
    await eventually(async () => !(await store.health()).available);

    const refused = await outcomeOf(store.touch(session.id, operation()));
    for (const node of stopped) await node.restart();
    await group.settle();
    await eventually(async () => (await store.health()).available);

    expect(refused.elapsedMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await store.touch(session.id, operation())).toBe('touched');
  });
});

async function withNode<Result>(
  { port }: PrivateServer,
  work: (node: Redis) => Promise<Result>,
): Promise<Result> {
  const node = new Redis(port);
  return work(node).finally(() => node.disconnect());
}

async function slotsOf(
  node: PrivateServer,
): Promise<readonly { readonly from: number; readonly to: number; readonly port: number }[]> {
  const rows = (await withNode(node, (client) => client.cluster('SLOTS'))) as unknown as [
    number,
    number,
    [string, number],
  ][];
  return rows.map(([from, to, [, port]]) => ({ from, to, port }));
}

const nodeIdOf = (server: PrivateServer): Promise<string> =>
  withNode(server, async (node) => String(await node.cluster('MYID')));

async function beginMove(from: PrivateServer, to: PrivateServer, slot: number): Promise<void> {
  const [source, target] = [await nodeIdOf(from), await nodeIdOf(to)];
  await withNode(to, (node) => node.cluster('SETSLOT', slot, 'IMPORTING', source));
  await withNode(from, (node) => node.cluster('SETSLOT', slot, 'MIGRATING', target));
}

async function endMove(from: PrivateServer, to: PrivateServer, slot: number): Promise<void> {
  await withNode(from, async (node) => {
    for (const key of (await node.cluster('GETKEYSINSLOT', slot, 1_000)) as string[])
      await node.migrate('127.0.0.1', to.port, key, 0, 5_000);
  });
  const target = await nodeIdOf(to);
  for (const server of [to, from])
    await withNode(server, (node) => node.cluster('SETSLOT', slot, 'NODE', target));
}
