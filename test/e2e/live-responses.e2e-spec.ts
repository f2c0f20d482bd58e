import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/fake-clock.js';
import type { SessionStore } from '../../src/index.js';
import { sessionEntities, sessionMigrations, sqlStore } from '../../src/storage/sql/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { OpenResponse, startLiveNode, type LiveNode } from '../support/live-nodes.js';
import { freshPrefix, openDatabase, openRedisOf } from '../support/servers.js';

interface Place {
  /** A store of one more process. */
  join(push: boolean): Promise<SessionStore>;
  close(): Promise<void>;
}

const placeInRedis = (kind: 'redis' | 'cluster') => async (): Promise<Place> => {
  const prefix = freshPrefix();
  const clients = [await openRedisOf(kind), await openRedisOf(kind), await openRedisOf(kind)];
  let used = 0;
  return {
    join: async (push) => redisStore(clients[used++]!, { prefix, push }),
    close: async () => clients.forEach((client) => client.disconnect()),
  };
};

async function placeInPostgres(): Promise<Place> {
  const database = await openDatabase('postgres', {
    entities: sessionEntities,
    migrations: sessionMigrations,
  });
  await database.dataSource.runMigrations();
  return {
    join: async (push) => sqlStore(await database.connect(), { push }),
    close: () => database.close(),
  };
}

const PLACES = [
  { name: 'Redis', open: placeInRedis('redis') },
  { name: 'Redis Cluster', open: placeInRedis('cluster') },
  { name: 'PostgreSQL', open: placeInPostgres },
];

const OPTIONS = { idleTimeout: '30m', maxSessionsPerUser: 2, touchInterval: '1m' } as const;
const ADMIN = { reason: 'ended-by-operator' };

describe.each(PLACES)('two nodes on one $name', ({ open }) => {
  const clock = new FakeClock();
  let place: Place;
  let left: LiveNode;
  let right: LiveNode;
  /** A node that no message reaches. */
  let deaf: LiveNode;

  beforeAll(async () => {
    place = await open();
    left = await startLiveNode(await place.join(true), { ...OPTIONS, clock });
    right = await startLiveNode(await place.join(true), { ...OPTIONS, clock });
    deaf = await startLiveNode(await place.join(false), { ...OPTIONS, clock });
  });

  afterAll(async () => {
    await Promise.all([left, right, deaf].map((node) => node.close()));
    await place.close();
  });

  afterEach(async () => {
    await eventually(async () =>
      [left, right, deaf].every(
        ({ core, streams }) => core.live.count() + streams.subscribed === 0,
      ),
    );
  });

  let users = 0;
  async function signIn(): Promise<{ browser: Browser; id: string; userId: string }> {
    const userId = `user-${++users}`;
    const browser = new Browser(left.url);
    const answer = await browser.post(`/login?user=${userId}`);
    return { browser, userId, id: answer.json<{ id: string }>().id };
  }

  const follow = async (node: LiveNode, path: string, browser: Browser): Promise<OpenResponse> => {
    const stream = await OpenResponse.open(`${node.url}${path}`, browser.cookies);
    await stream.received('first');
    return stream;
  };

  const lastEvent = (state: string, reason: string): string =>
    `event: session-ended\ndata: ${JSON.stringify({ state, reason })}\n\n`;

  /** What Nest writes has an id, and its fields in another order. */
  const toldBy = (text: string): unknown =>
    JSON.parse(/data: (\{.*\})\n/.exec(text.slice(text.indexOf('session-ended')))![1]!);

  const WAYS = [
    {
      name: 'logout',
      told: { state: 'revoked', reason: 'logout' },
      end: ({ browser }: { browser: Browser }) => browser.post('/logout'),
    },
    {
      name: 'revocation',
      told: { state: 'revoked', reason: 'ended-by-operator' },
      end: ({ id }: { id: string }) => left.sessions.revoke(id as never, ADMIN),
    },
    {
      name: 'eviction',
      told: { state: 'evicted', reason: 'session-limit' },
      end: async ({ userId }: { userId: string }) => {
        clock.advance(1);
        for (let logins = 0; logins < 2; logins += 1)
          await new Browser(left.url).post(`/login?user=${userId}`);
      },
    },
    {
      name: 'expiry',
      told: { state: 'expired', reason: 'idle' },
      end: async () => {
        clock.advance('30m');
        await left.core.sweeper.sweep();
      },
    },
    {
      name: 'epoch',
      told: { state: 'revoked', reason: 'all-revoked' },
      end: () => left.sessions.revokeEverything({ reason: 'breach' }),
    },
  ];

  it.each(WAYS)('an end on one closes what is open on the other: $name', async ({ told, end }) => {
    const signedIn = await signIn();
    const events = await follow(right, '/live/events', signedIn.browser);
    const raw = await follow(right, '/live/raw', signedIn.browser);
    expect(right.core.live.count({ sessionId: signedIn.id as never })).toBe(2);

    await end(signedIn);

    expect(toldBy(await events.ended)).toEqual(told);
    expect(await raw.ended).toMatch(new RegExp(`^(data: \\w+\n\n)+event: session-ended\n`));
    expect((await raw.ended).endsWith(lastEvent(told.state, told.reason))).toBe(true);
  });

  it.each(WAYS)('the check closes it where no message comes: $name', async ({ told, end }) => {
    const signedIn = await signIn();
    const events = await follow(deaf, '/live/events', signedIn.browser);
    expect((await deaf.sessions.health()).details).toMatchObject({ push: 'local' });

    await end(signedIn);
    await deaf.core.live.check();

    expect(toldBy(await events.ended)).toEqual(told);
  });

  it('a handler that goes on writing after the end writes nothing, and harms nobody', async () => {
    const { browser, id } = await signIn();
    const raw = await follow(right, '/live/raw', browser);
    right.streams.lateWrites = 0;

    await left.sessions.revoke(id as never, ADMIN);
    const text = await raw.ended;

    await eventually(async () => right.streams.lateWrites >= 3);
    expect(text.endsWith(lastEvent('revoked', 'ended-by-operator'))).toBe(true);
  });

  it('half of a file is not taken for the whole', async () => {
    const { browser, id } = await signIn();
    const download = await OpenResponse.open(`${right.url}/live/download`, browser.cookies);
    await download.received('half');

    await left.sessions.revoke(id as never, ADMIN);

    await expect(download.ended).rejects.toThrow();
  });

  it('an answer that has not begun becomes a refusal', async () => {
    const { browser, id } = await signIn();
    const waiting = OpenResponse.open(`${right.url}/live/waiting`, browser.cookies);
    await eventually(async () => right.core.live.count() === 1);

    await left.sessions.revoke(id as never, ADMIN);
    const { response, ended } = await waiting;

    expect(response.status).toBe(401);
    expect(JSON.parse(await ended)).toMatchObject({
      code: 'SESSION_REVOKED',
      reason: 'ended-by-operator',
    });
  });

  it('a client that leaves is forgotten, and its stream with it', async () => {
    const { browser } = await signIn();
    const events = await follow(right, '/live/events', browser);
    expect(right.streams.subscribed).toBe(1);

    events.leave();

    await eventually(async () => right.core.live.count() + right.streams.subscribed === 0);
  });

  it('a stream of a public route outlives the session', async () => {
    const { browser, id } = await signIn();
    const news = await follow(right, '/live/news', browser);

    await left.sessions.revoke(id as never, ADMIN);
    await right.core.live.check();

    expect(right.streams.subscribed).toBe(1);
    news.leave();
  });

  it('a stream is no activity', async () => {
    const { browser, id } = await signIn();
    const events = await follow(right, '/live/events', browser);
    const before = await left.sessions.get(id as never);

    clock.advance('5m');
    events.leave();
    await eventually(async () => right.core.live.count() === 0);

    const after = await left.sessions.get(id as never);
    expect(after?.lastSeenAt).toBe(before?.lastSeenAt);
  });

  it('@OnSessionEnded() hears of it once on every node, and events$ where it was done', async () => {
    const { browser, id, userId } = await signIn();
    const events = await follow(right, '/live/events', browser);
    const notices: [string, string | undefined][] = [];
    const subscriptions = [left, right].map(({ sessions }, node) =>
      sessions.events$.subscribe(({ type, sessionId }) => {
        if (sessionId === id) notices.push([`${node} ${type}`, sessionId]);
      }),
    );
    const heardBy = ({ log }: LiveNode) => log.heard.filter(({ sessionId }) => sessionId === id);

    await left.sessions.revoke(id as never, ADMIN);
    await events.ended;
    await eventually(async () => heardBy(left).length > 0 && heardBy(right).length > 0);
    await Promise.all([left.core.live.check(), right.core.live.check()]);

    const ending = { sessionId: id, user: { tenantId: '', userId }, state: 'revoked', ...ADMIN };
    expect(heardBy(left)).toEqual([ending]);
    expect(heardBy(right)).toEqual([ending]);
    expect(notices).toEqual([['0 session.revoked', id]]);
    subscriptions.forEach((subscription) => subscription.unsubscribe());
  });

  it('say in their health whether messages reach them', async () => {
    const links = await Promise.all(
      [left, right, deaf].map(async ({ sessions }) => (await sessions.health()).details['push']),
    );

    expect(links).toEqual(['connected', 'connected', 'local']);
  });
});
