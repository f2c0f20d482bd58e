import { Redis } from 'ioredis';
import { systemClock } from '../../core/clock.js';
import { SessionConfigInvalidError, SessionStoreUnavailableError } from '../../core/errors.js';
import { shardOfSession } from '../../core/ids.js';
import type { NewSession, Operation } from '../../core/session-store.js';
import { anOperation, aSession, someSettings } from '../../testing/index.js';
import { eventually } from '../../../test/support/eventually.js';
import {
  MASTER_NAME,
  startPrivateSentinel,
  type PrivateSentinel,
} from '../../../test/support/private-redis.js';
import { shardKeys } from './redis-keys.js';
import type { RedisStoreOptions } from './redis-store-options.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';
import { Replication } from './replication.js';

const TIMEOUT_MS = 1_000;
const SLACK_MS = 250;

describe('a Redis store whose changes have to be replicated', () => {
  let group: PrivateSentinel;
  let opened: (Redis | RedisSessionStore | Replication)[];
  let warnings: string[];

  beforeEach(async () => {
    group = await startPrivateSentinel({ replicas: 1, sentinels: 1, failureAfterMs: 30_000 });
    opened = [];
    warnings = [];
  });
  afterEach(async () => {
    for (const each of opened) await ('disconnect' in each ? each.disconnect() : each.close());
    await group.stop();
  });

  const clientOf = (credentials: { username?: string; password?: string } = {}): Redis => {
    const sentinels = group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const client = new Redis({ ...credentials, sentinels, name: MASTER_NAME, lazyConnect: true });
    opened.push(client);
    return client;
  };
  const started = async (
    options: RedisStoreOptions = {},
    client = clientOf(),
  ): Promise<RedisSessionStore> => {
    const store = redisStore(client, { durability: 'replicated', ...options });
    opened.push(store);
    await store.start(
      someSettings({ storeTimeoutMs: TIMEOUT_MS, warn: (message) => warnings.push(message) }),
    );
    return store;
  };
  const openedReplication = async (): Promise<Replication> => {
    const away = ({ message }: Error): void => void warnings.push(message);
    const replication = new Replication(clientOf(), 1, TIMEOUT_MS, away);
    opened.push(replication);
    await replication.open(TIMEOUT_MS);
    return replication;
  };
  const operation = (overrides: Partial<Operation> = {}): Operation =>
    anOperation(systemClock, { deadline: systemClock.now() + TIMEOUT_MS, ...overrides });
  const login = async (store: RedisSessionStore): Promise<NewSession> => {
    const session = aSession({ clock: systemClock, shards: store.shards });
    await store.create({ session }, operation());
    return session;
  };
  const replica = () => group.nodes[1]!;

  it('answers when the replica has the change', async () => {
    const store = await started();

    const session = await login(store);

    const other = new Redis(replica().url);
    opened.push(other);
    const { session: keyOf } = shardKeys('gh', shardOfSession(session.id));
    expect(await other.exists(keyOf(session.id))).toBe(1);
  });

  it('says that a change may have happened which no replica has confirmed', async () => {
    const store = await started();
    const session = await login(store);
    await replica().kill();

    const revoking = store.revoke({ id: session.id, reason: 'logout' }, operation());

    await expect(revoking).rejects.toBeInstanceOf(SessionStoreUnavailableError);
    expect(await store.find(session.id)).toMatchObject({ session: { state: 'revoked' } });
  });

  it('answers a repetition as soon as the replica is back', async () => {
    const store = await started();
    const session = await login(store);
    await replica().kill();
    const revocation = operation({ deadline: systemClock.now() + 10_000 });
    const first = store.revoke({ id: session.id, reason: 'logout' }, revocation);
    await expect(first).rejects.toMatchObject({
      cause: { message: expect.stringContaining('not confirmed by a replica') },
    });

    await replica().restart();
    await group.settle();
    const again = await store.revoke({ id: session.id, reason: 'logout' }, revocation);

    expect(again).toMatchObject({ result: 'revoked', session: { id: session.id } });
  });

  it('hands out for the audit only what the replica has', async () => {
    const store = await started();
    const { id } = await login(store);
    const shard = shardOfSession(id);
    await replica().kill();
    const revoking = store.revoke({ id, reason: 'logout' }, operation());
    await expect(revoking).rejects.toBeInstanceOf(SessionStoreUnavailableError);

    const reading = store.readOutbox(shard, 10);

    await expect(reading).rejects.toMatchObject({
      cause: { message: expect.stringContaining('not confirmed by a replica') },
    });
    await replica().restart();
    await group.settle();
    const entries = await store.readOutbox(shard, 10);
    expect(entries.map(({ event }) => event.type)).toEqual(['session.created', 'session.revoked']);
    await store.acknowledge(
      shard,
      entries.map(({ key }) => key),
    );
    expect(await store.readOutbox(shard, 10)).toEqual([]);
  });

  it('hands out nothing that is gone meanwhile', async () => {
    const replication = await openedReplication();
    const keys = shardKeys('gh', 0);

    const isThere = await replication.confirmEntry(keys, '1-1');

    expect(isThere).toBe(false);
  });

  it('leaves no rejection unhandled when the master goes while it waits', async () => {
    const replication = await openedReplication();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const master = group.nodes[0]!;
    master.pause();
    const confirming = replication.confirm('revoke', 'gh:{0}:op:some', TIMEOUT_MS);
    const outcome = expect(confirming).rejects.toBeInstanceOf(SessionStoreUnavailableError);

    await master.kill();
    await outcome;
    await new Promise(setImmediate);

    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('holds up neither reads nor the changes themselves while a replica is silent', async () => {
    const store = await started();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => login(store)));
    replica().pause();
    const begun = performance.now();
    const revoking = sessions.map(({ id }) => store.revoke({ id, reason: 'logout' }, operation()));
    const outcome = Promise.allSettled(revoking);

    await eventually(async () => {
      const found = await Promise.all(sessions.map(({ id }) => store.find(id)));
      return found.every((each) => each?.session.state === 'revoked');
    });
    const seenAfterMs = performance.now() - begun;
    const settled = await outcome;
    const settledAfterMs = performance.now() - begun;

    replica().resume();
    expect(settled.map(({ status }) => status)).toEqual(sessions.map(() => 'rejected'));
    expect(seenAfterMs).toBeLessThan(TIMEOUT_MS);
    expect(settledAfterMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  });

  it('waits for as many replicas as it is told', async () => {
    const store = await started({ replicas: 2 });

    const creating = store.create(
      { session: aSession({ clock: systemClock, shards: store.shards }) },
      operation({ deadline: systemClock.now() + 10_000 }),
    );

    await expect(creating).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      cause: { message: expect.stringContaining('not confirmed by 2 replicas') },
    });
  });

  it('warns where it may not wait for replicas, and then changes nothing for certain', async () => {
    const master = new Redis(group.nodes[0]!.url);
    opened.push(master);
    await master.acl('SETUSER', 'app', 'on', '>app-password', '~*', '&*', '+@all', '-wait');
    const store = await started({}, clientOf({ username: 'app', password: 'app-password' }));

    const creating = login(store);

    await expect(creating).rejects.toMatchObject({
      cause: { message: expect.stringContaining('NOPERM') },
    });
    expect(warnings).toEqual([expect.stringContaining('NOPERM')]);
  });

  it('confirms nothing that a failover has lost', async () => {
    const replication = await openedReplication();

    const confirming = replication.confirm('revoke', 'gh:{0}:op:lost', TIMEOUT_MS);

    await expect(confirming).rejects.toMatchObject({
      cause: { message: expect.stringContaining('lost') },
    });
  });

  it.each<[string, object]>([
    ['store.durability', { durability: 'certain' }],
    ['store.replicas', { durability: 'acknowledged', replicas: 1 }],
    ['store.replicas', { replicas: 0 }],
    ['store.replicas', { replicas: 101 }],
    ['store.replicas', { replicas: 1.5 }],
  ])('names %s when it is wrong: %j', (option, options) => {
    const open = () => redisStore(clientOf(), { durability: 'replicated', ...options });

    expect(open).toThrow(SessionConfigInvalidError);
    expect(open).toThrow(`"${option}"`);
  });
});
