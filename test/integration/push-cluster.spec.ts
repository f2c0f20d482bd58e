import { Cluster } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.js';
import { shardOfSession, type SessionId } from '../../src/core/ids.js';
import type { EndedSession, StoreLink } from '../../src/core/session-store.js';
import { pushChannel } from '../../src/storage/redis/redis-keys.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { anOperation, aSession, someSettings } from '../../src/testing/builders.js';
import {
  connectToMasters,
  moveSlotOf,
  portServing,
  type Master,
} from '../support/cluster-slots.js';
import { eventually } from '../support/eventually.js';
import { startPrivateRedisCluster, type PrivateRedisCluster } from '../support/private-redis.js';

/** Makes of a server's command one that it does not know, as older servers do not. */
const without = (command: string): readonly string[] => ['--rename-command', command, ''];

const SESSIONS = 40;
const MOVE_NOTICED_WITHIN_MS = 10_000;
/** All 64 channels, a few times over, on two nodes. */
const MOST_SUBSCRIPTIONS = 1_000;

/** How often a master was asked to let somebody listen, with success or without. */
async function subscriptionsAskedOf({ client }: Master): Promise<number> {
  const stats = await client.info('commandstats');
  const [, calls = 0, rejected = 0] =
    /^cmdstat_ssubscribe:calls=(\d+),.*rejected_calls=(\d+)/m.exec(stats) ?? [];
  return Number(calls) + Number(rejected);
}

class Listening {
  readonly endings: EndedSession[] = [];
  readonly epochs: number[] = [];
  readonly links: StoreLink[] = [];
  private readonly client: Cluster;
  private readonly store;

  constructor(group: PrivateRedisCluster) {
    this.client = new Cluster(
      group.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
      { lazyConnect: true },
    );
    this.store = redisStore(this.client);
  }

  async listen(): Promise<void> {
    await this.store.start(someSettings({ clock: systemClock }));
    await this.store.watch({
      message: (message) => {
        if (message.type === 'ended') this.endings.push(...message.endings);
        if (message.type === 'epoch') this.epochs.push(message.shard);
      },
      link: (link) => this.links.push(link),
    });
  }

  /** Sessions in shards all over the Cluster, each ended at once. */
  async endSome(): Promise<readonly SessionId[]> {
    const { store } = this;
    return Promise.all(
      Array.from({ length: SESSIONS }, async () => {
        const session = aSession({ clock: systemClock, shards: store.shards });
        await store.create({ session }, anOperation(systemClock));
        await store.revoke({ id: session.id, reason: 'logout' }, anOperation(systemClock));
        return session.id;
      }),
    );
  }

  async endOneIn(shard: number): Promise<SessionId> {
    const { store } = this;
    let session = aSession({ clock: systemClock, shards: store.shards });
    while (shardOfSession(session.id) !== shard)
      session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, anOperation(systemClock));
    await store.revoke({ id: session.id, reason: 'logout' }, anOperation(systemClock));
    return session.id;
  }

  revokeEverything(shard: number): Promise<void> {
    return this.store.revokeEverything(shard, anOperation(systemClock));
  }

  hears(ids: readonly SessionId[]): boolean {
    const heard = new Set(this.endings.map(({ id }) => id));
    return ids.every((id) => heard.has(id));
  }

  async stop(): Promise<void> {
    await this.store.close();
    this.client.disconnect();
  }
}

describe.each([
  { name: 'with sharded channels', args: [] },
  { name: 'without sharded channels', args: [...without('SPUBLISH'), ...without('SSUBSCRIBE')] },
])('the link to a Cluster $name', ({ args }) => {
  let group: PrivateRedisCluster;
  let masters: readonly Master[];
  let nodes: readonly Listening[];

  beforeAll(async () => {
    group = await startPrivateRedisCluster({ replicasPerMaster: 0, args });
    masters = await connectToMasters(group.masters);
    nodes = [new Listening(group), new Listening(group)];
    for (const node of nodes) await node.listen();
  });
  afterAll(async () => {
    for (const node of nodes) await node.stop();
    for (const { client } of masters) client.disconnect();
    await group.stop();
  });

  it('tells every process of what ends on any master, once', async () => {
    const [left, right] = nodes;

    const ended = await left!.endSome();
    await left!.revokeEverything(0);

    await eventually(async () =>
      nodes.every((node) => node.hears(ended) && node.epochs.length > 0),
    );
    expect(right!.endings).toHaveLength(ended.length);
    expect(right!.epochs).toEqual([0]);
  });

  it(
    'goes on after a slot has moved to another master',
    async () => {
      const [left, right] = nodes;
      const channel = pushChannel('gh', 7);
      const before = await portServing(channel, masters);
      await moveSlotOf(channel, masters);

      const ended: SessionId[] = [];
      const begun = performance.now();
      while (!ended.some((id) => right!.hears([id]))) {
        if (performance.now() > begun + MOVE_NOTICED_WITHIN_MS) throw new Error('Nothing is heard');
        ended.push(await left!.endOneIn(7));
        await pause(100);
      }

      const asked = await Promise.all(masters.map(subscriptionsAskedOf));
      expect(await portServing(channel, masters)).not.toBe(before);
      expect(Math.max(...asked)).toBeLessThan(MOST_SUBSCRIPTIONS);
      const elsewhere = await left!.endSome();
      await eventually(async () => right!.hears(elsewhere));
    },
    2 * MOVE_NOTICED_WITHIN_MS,
  );
});
