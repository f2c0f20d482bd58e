import { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.js';
import { shardOfSession, type SessionId } from '../../src/core/ids.js';
import type { FoundSession, NewSession, Operation } from '../../src/core/session-store.js';
import type { User } from '../../src/core/user.js';
import { redisStore, type RedisSessionStore } from '../../src/storage/redis/index.js';
import {
  anOperation,
  aSession,
  aTokenHash,
  aUser,
  someSettings,
} from '../../src/testing/builders.js';
import { startSilencingProxy } from '../live/silencing-proxy.js';
import { eventually } from '../support/eventually.js';
import {
  freshPrefix,
  openLimitedRedis,
  openRedis,
  redisUrl,
  REDIS_KINDS,
  type RedisKind,
} from '../support/servers.js';

const LEASE_MS = 1_500;
const ENDS = 500;

const operation = (): Operation => anOperation(systemClock);

/** One process' store, with a near cache that is warm. */
class Node {
  constructor(
    readonly store: RedisSessionStore,
    private readonly client: { disconnect(): void },
  ) {}

  static async on(client: ConstructorParameters<typeof RedisSessionStore>[0], prefix: string) {
    const store = redisStore(client, { prefix, nearCache: { lease: LEASE_MS } });
    await store.start(someSettings({ clock: systemClock }));
    const node = new Node(store, client);
    await node.untilLinkAlive();
    return node;
  }

  async untilLinkAlive(): Promise<void> {
    await eventually(
      async () => (await this.store.health()).details['nearCacheLinkAlive'] === true,
    );
  }

  async login(overrides: Partial<NewSession> = {}): Promise<SessionId> {
    const session = aSession({ clock: systemClock, shards: this.store.shards }, overrides);
    await this.store.create({ session }, operation());
    return session.id;
  }

  cached(id: SessionId): FoundSession | undefined {
    return this.store.findCached(id);
  }

  async warm(id: SessionId): Promise<void> {
    await this.store.find(id);
    if (!this.cached(id)) throw new Error('What was just found is not kept');
  }

  async stop(): Promise<void> {
    await this.store.close();
    this.client.disconnect();
  }
}

interface Change {
  readonly name: string;
  readonly make: (store: RedisSessionStore, id: SessionId, user: User) => Promise<unknown>;
}

const CHANGES: readonly Change[] = [
  {
    name: 'save',
    make: (store, id) => store.save({ id, set: { cart: '[1]' }, remove: [] }, operation()),
  },
  {
    name: 'rotate',
    make: async (store, id) => {
      const { session } = (await store.find(id))!;
      const to = aTokenHash(id, 1);
      await store.rotate({ id, from: session.tokenHash, to, kind: 'immediate' }, operation());
    },
  },
  {
    name: 'confirm',
    make: async (store, id) =>
      store.confirm(id, (await store.find(id))!.session.tokenHash, operation()),
  },
  { name: 'revoke', make: (store, id) => store.revoke({ id, reason: 'logout' }, operation()) },
  {
    name: 'revokeAll',
    make: (store, _, user) => store.revokeAll({ user, reason: 'left' }, operation()),
  },
  {
    name: 'a login that evicts it',
    make: (store, _, user) =>
      store.create(
        {
          session: aSession({ clock: systemClock, shards: store.shards }, { user }),
          limit: { max: 1, onLimit: 'evict-oldest' },
        },
        operation(),
      ),
  },
  {
    name: 'revokeEverything',
    make: (store, id) => store.revokeEverything(shardOfSession(id), operation()),
  },
];

describe.each(REDIS_KINDS)('near caches of two processes: %s', (kind: RedisKind) => {
  let here: Node;
  let there: Node;
  let user: User;
  let id: SessionId;

  beforeAll(async () => {
    const prefix = freshPrefix();
    const open = async (): Promise<Node> =>
      Node.on(await openLimitedRedis(kind, { lazyConnect: true }), prefix);
    [here, there] = [await open(), await open()];
  });
  afterAll(async () => {
    await here.stop();
    await there.stop();
  });

  beforeEach(async () => {
    user = aUser();
    id = await here.login({ user });
    await here.warm(id);
    await there.warm(id);
  });

  it.each(CHANGES)('are told of $name', async ({ make }) => {
    await make(here.store, id, user);

    const isOwnForgotten = here.cached(id) === undefined;
    await eventually(async () => there.cached(id) === undefined);
    expect(isOwnForgotten).toBe(true);
  });

  it('find what has changed as it is now', async () => {
    await here.store.save({ id, set: { cart: '[1]' }, remove: [] }, operation());
    await eventually(async () => there.cached(id) === undefined);

    await there.warm(id);

    expect(there.cached(id)?.session).toMatchObject({ data: { cart: '[1]' } });
  });

  it('are told nothing of activity, and know of their own', async () => {
    const touch = { ...operation(), now: Date.now() + 1_000 };

    await here.store.touch(id, touch);
    await here.store.save({ id: await there.login(), set: { a: '1' }, remove: [] }, operation());

    expect(here.cached(id)?.session).toMatchObject({ lastSeenAt: touch.now });
    expect(there.cached(id)).toBeDefined();
  });

  it('keep a session through what changes nothing', async () => {
    await here.store.save({ id, set: {}, remove: [] }, operation());
    await here.store.revoke({ id, reason: 'left', only: { userId: 'nobody' } }, operation());
    const marker = await here.login();
    await there.warm(marker);
    await here.store.revoke({ id: marker, reason: 'logout' }, operation());
    await eventually(async () => there.cached(marker) === undefined);

    expect(there.cached(id)).toBeDefined();
  });
});

describe('the near cache of another process', () => {
  const nodes: Node[] = [];
  let prefix: string;

  const open = async (url = redisUrl()): Promise<Node> => {
    const node = await Node.on(new Redis(url, { lazyConnect: true }), prefix);
    nodes.push(node);
    return node;
  };

  beforeEach(() => {
    prefix = freshPrefix();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
  });

  it('has forgotten a session, as a rule, before whoever ended it is answered', async () => {
    const [here, there] = [await open(), await open()];
    let overtaken = 0;

    for (let round = 0; round < ENDS; round += 1) {
      const id = await here.login();
      await there.warm(id);
      await here.store.revoke({ id, reason: 'logout' }, operation());
      if (there.cached(id)) overtaken += 1;
    }

    // What is left is the order in which this one process reads its two connections.
    expect(overtaken).toBeLessThan(ENDS / 20);
  });

  it('is told by a process that has none', async () => {
    const there = await open();
    const client = openRedis();
    const plain = redisStore(client, { prefix, push: false });
    await plain.start(someSettings({ clock: systemClock }));
    const id = await there.login();
    await there.warm(id);

    await plain.revoke({ id, reason: 'logout' }, operation());

    await eventually(async () => there.cached(id) === undefined);
    await plain.close();
    await client.quit();
  });

  it('gives nothing from the moment its link is closed, and comes back by itself', async () => {
    const there = await open();
    const id = await there.login();
    await there.warm(id);
    const admin = openRedis();
    const listening = String(await admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub'));

    for (const [, client] of listening.matchAll(/^id=(\d+)/gm))
      await admin.client('KILL', 'ID', client!);
    const closedAt = performance.now();
    await eventually(async () => there.cached(id) === undefined);
    const noticedAfterMs = performance.now() - closedAt;

    await there.untilLinkAlive();
    const afterwards = there.cached(id);
    await there.warm(id);
    await admin.quit();
    expect(noticedAfterMs).toBeLessThan(LEASE_MS / 3);
    expect(afterwards).toBeUndefined();
  });

  it('forgets what it has changed itself, whether a message comes or not', async () => {
    const { port } = new URL(redisUrl());
    const proxy = await startSilencingProxy(Number(port));
    const node = await open(`redis://127.0.0.1:${proxy.port}`);
    const [changed, other] = [await node.login(), await node.login()];
    await node.warm(changed);
    await node.warm(other);

    proxy.silence();
    await node.store.save({ id: changed, set: { cart: '[1]' }, remove: [] }, operation());
    const kept = [changed, other].map((id) => node.cached(id) !== undefined);

    await node.stop();
    await proxy.close();
    nodes.splice(nodes.indexOf(node), 1);
    expect(kept).toEqual([false, true]);
  });

  it('gives nothing that is older than the lease when its link freezes', async () => {
    const { port } = new URL(redisUrl());
    const proxy = await startSilencingProxy(Number(port));
    const there = await open(`redis://127.0.0.1:${proxy.port}`);
    const here = await open();
    const id = await here.login();
    await there.warm(id);

    proxy.silence();
    await here.store.revoke({ id, reason: 'logout' }, operation());
    const endedAt = performance.now();
    while (there.cached(id)) await new Promise((resolve) => setTimeout(resolve, 5));
    const servedForMs = performance.now() - endedAt;

    await there.stop();
    await proxy.close();
    nodes.splice(nodes.indexOf(there), 1);
    expect(servedForMs).toBeLessThan(LEASE_MS + 50);
  });
});
