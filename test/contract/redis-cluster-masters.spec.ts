import { Cluster, Command } from 'ioredis';
import { redisStore } from 'nestjs-gatehouse/redis';
import { createSessionCore, type SessionCore } from '../../src/core/session-core.js';
import { resolveSessionOptions } from '../../src/core/policy/session-options.js';
import type { NewSession, SessionStore } from '../../src/core/session-store.js';
import { shardOfSession, type SessionId } from '../../src/core/ids.js';
import { SessionService } from '../../src/nest/session.service.js';
import { shardKeys } from '../../src/storage/redis/redis-keys.js';
import { anOperation, aSession, FakeClock } from '../../src/testing/index.js';
import { openAuditDatabase, relayOf } from '../integration/audit-fixtures.js';
import { freshPrefix, openLimitedRedis } from '../support/servers.js';

const SESSIONS = 150;
const REQUESTED = { reason: 'admin', initiator: 'admin' } as const;

describe('work on all sessions of a Redis Cluster of three masters', () => {
  let cluster: Cluster;
  let prefix: string;
  let store: SessionStore;
  let clock: FakeClock;
  let core: SessionCore;
  let sessions: NewSession[];

  beforeEach(async () => {
    // An application that reads from replicas, which must not make the store do so.
    cluster = (await openLimitedRedis('cluster', { lazyConnect: true })) as Cluster;
    cluster.options.scaleReads = 'slave';
    prefix = freshPrefix();
    clock = new FakeClock();
    store = redisStore(cluster, { prefix });
    const options = resolveSessionOptions({ adminIndex: true });
    await store.start({ ...options, clock, warn: () => undefined });
    core = createSessionCore({
      store,
      options,
      clock,
      listener: { notice: () => undefined, outboxGrew: () => undefined },
      reportError: (error) => {
        throw error;
      },
    });
    sessions = Array.from({ length: SESSIONS }, () => aSession({ clock, shards: store.shards }));
    await Promise.all(sessions.map((session) => store.create({ session }, anOperation(clock))));
  });
  afterEach(async () => {
    await store.close();
    cluster.disconnect();
  });

  const idsOf = (records: readonly { readonly id: SessionId }[]): readonly SessionId[] =>
    records.map(({ id }) => id).sort();
  const states = async (): Promise<readonly (string | undefined)[]> => {
    const found = await store.findMany(sessions.map(({ id }) => id));
    return [...new Set(sessions.map(({ id }) => found.get(id)?.session.state))];
  };

  it('has sessions on every master to begin with', async () => {
    await cluster.connect();
    const masterOf = ({ id }: NewSession): string => {
      const { prefix: shardPrefix } = shardKeys(prefix, shardOfSession(id));
      return cluster.slots[new Command('get', [shardPrefix]).getSlot()!]![0]!;
    };

    const masters = new Set(sessions.map(masterOf));

    expect(masters.size).toBe(3);
  });

  it('lists each once without naming a user, page by page', async () => {
    const listed: SessionId[] = [];
    let cursor: string | undefined;
    do {
      const page = await core.search.search({}, { limit: 40, ...(cursor && { cursor }) });
      listed.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);

    expect(listed.sort()).toEqual(idsOf(sessions));
  });

  it('ends each that a filter matches, and counts them', async () => {
    const service = new SessionService(core, undefined as never, undefined as never);

    const tried = await service.revokeWhere({}, { ...REQUESTED, dryRun: true });
    const before = await states();
    const done = await service.revokeWhere({}, REQUESTED);

    expect(tried).toEqual({ matched: SESSIONS, ended: 0 });
    expect(before).toEqual(['active']);
    expect(done).toEqual({ matched: SESSIONS, ended: SESSIONS });
    expect(await states()).toEqual(['revoked']);
  });

  it('ends each by a new epoch', async () => {
    const progress = await core.directory.revokeEverything(REQUESTED);

    expect(progress).toMatchObject({ done: store.shards });
    expect((await core.search.search({}, { limit: 40 })).items).toEqual([]);
  });

  it('sweeps each that has expired, and counts them', async () => {
    clock.advance('31m');

    const ended = await core.sweeper.sweep();

    expect(ended).toBe(SESSIONS);
    expect(await states()).toEqual(['expired']);
  });

  it('counts each event that waits, and relays it once', async () => {
    const database = await openAuditDatabase('sqlite');
    const relay = relayOf(store, database.dataSource);
    const before = await relay.health();

    const moved = await relay.drainAll();

    expect(before).toMatchObject({ waiting: SESSIONS });
    expect(moved).toBe(SESSIONS);
    expect(await relay.health()).toMatchObject({ waiting: 0 });
    await database.close();
  });
});
