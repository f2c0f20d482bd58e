import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { memoryStore } from '../../src/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { eventually } from '../support/eventually.js';
import { startGraphqlNode, type GraphqlNode } from '../support/graphql-node.js';
import { cookieOf, GraphqlSocket } from '../support/graphql-socket.js';
import { Gate } from '../support/session-app.js';
import { freshPrefix, openRedis } from '../support/servers.js';
import {
  signInAt,
  WAYS_OPTIONS,
  WAYS_TO_END,
  type EndingNode,
  type SignedIn,
} from '../support/ways-to-end.js';

const SAID = 'subscription { said }';
const HANDSHAKES = 40;

describe('two nodes with subscriptions on one Redis', () => {
  const clock = new FakeClock();
  const prefix = freshPrefix();
  const clients = [openRedis(), openRedis()];
  let left: EndingNode & GraphqlNode;
  let right: GraphqlNode;

  const start = async (client = clients[0]!): Promise<GraphqlNode> =>
    startGraphqlNode({
      ...WAYS_OPTIONS,
      store: redisStore(client, { prefix }),
      clock,
      trustedOrigins: ['https://www.example.com'],
      handshakesPerMinute: 1_000,
    });

  beforeAll(async () => {
    left = { ...(await start()), clock };
    right = await start(clients[1]);
  });

  afterAll(async () => {
    await left.close();
    await right.close();
    clients.forEach((client) => client.disconnect());
  });

  afterEach(async () => {
    await eventually(async () =>
      [left, right].every(({ core, chat }) => core.live.count() + chat.listening === 0),
    );
  });

  let users = 0;
  const signIn = (): Promise<SignedIn> => signInAt(left.url, `user-${++users}`);

  const follow = async ({ browser }: SignedIn, query = SAID): Promise<GraphqlSocket> => {
    const socket = await GraphqlSocket.open(right.url, browser.cookies);
    const before = right.chat.listening;
    socket.run(query);
    await eventually(async () => right.chat.listening > before);
    return socket;
  };

  /** What an event stream ends with. */
  const streamOf = ({ browser }: SignedIn): Promise<unknown> =>
    new Promise((resolve) => {
      const stream = new EventSource(`${right.url}/live/events`, {
        fetch: (url, init) =>
          fetch(url, { ...init, headers: { ...init.headers, cookie: cookieOf(browser.cookies) } }),
      });
      stream.addEventListener('session-ended', ({ data }) => {
        stream.close();
        resolve(JSON.parse(data as string));
      });
    });

  it.each(WAYS_TO_END)('an end on one closes what is open on the other: $name', async (way) => {
    const signedIn = await signIn();
    const socket = await follow(signedIn);
    const stream = streamOf(signedIn);
    await eventually(async () => right.core.live.count({ sessionId: signedIn.id }) === 2);

    await way.end(left, signedIn);

    expect(await socket.closed).toEqual({ code: 4401, reason: way.told.reason });
    expect(await stream).toEqual(way.told);
  });

  it('deliver nothing more to a client that ignores its close, hear nothing of it, and cut it', async () => {
    const signedIn = await signIn();
    const socket = await follow(signedIn);
    right.chat.say('before');
    await socket.answered(1);

    socket.goDeaf();
    await left.sessions.revoke(signedIn.id, { reason: 'ended-by-operator' });
    await right.core.live.check();
    right.chat.say('after');
    socket.run('mutation { shout(text: "too late") }');
    await fetch(`${right.url}/data`);
    clock.advance('5s');
    await right.core.live.check();
    await eventually(async () => right.chat.listening === 0);
    socket.hearAgain();
    await socket.closed;

    expect(socket.answers).toEqual([{ data: { said: 'before' } }]);
    expect(right.chat.said).not.toContain('too late');
  });

  it('queries and mutations on the socket know the session too', async () => {
    const signedIn = await signIn();
    const socket = await GraphqlSocket.open(right.url, signedIn.browser.cookies);

    socket.run('{ me }');
    const [query] = await socket.answered(1);
    socket.run('mutation { say(text: "hello") }');
    const [, mutation] = await socket.answered(2);
    await socket.leave();

    expect(query).toEqual({ data: { me: signedIn.userId } });
    expect(mutation).toEqual({ data: { say: 'hello' } });
  });

  it('an operation is held against the session as it is now', async () => {
    const signedIn = await signIn();
    const socket = await GraphqlSocket.open(right.url, signedIn.browser.cookies);

    clock.advance('10m');
    socket.run('{ secret }');
    const [stale] = await socket.answered(1);
    await signedIn.browser.post('/reauthenticate');
    socket.run('{ secret }');
    const [, fresh] = await socket.answered(2);
    await socket.leave();

    expect(stale).toMatchObject({ errors: [{ extensions: { code: 'SESSION_NOT_FRESH' } }] });
    expect(fresh).toEqual({ data: { secret: 'told' } });
  });

  it('a subscription may ask for a recent authentication', async () => {
    const signedIn = await signIn();
    const socket = await GraphqlSocket.open(right.url, signedIn.browser.cookies);

    clock.advance('10m');
    socket.run('subscription { saidFreshly }');
    const [refused] = await socket.answered(1);
    await socket.leave();

    expect(refused).toMatchObject({
      errors: [{ extensions: { code: 'SESSION_NOT_FRESH', maxAge: 600 } }],
    });
    expect(right.chat.listening).toBe(0);
  });

  it('operations are activity, and pings are not', async () => {
    const signedIn = await signIn();
    const socket = await GraphqlSocket.open(right.url, signedIn.browser.cookies);
    const seen = async () => (await left.sessions.get(signedIn.id))?.lastSeenAt;
    const before = await seen();

    clock.advance('5m');
    socket.ping();
    const messages = GraphqlSocket.open(right.url, signedIn.browser.cookies);
    await (await messages).leave();
    const afterPing = await seen();
    socket.run('{ perhapsMe }');
    await socket.answered(1);
    await eventually(async () => (await seen()) === clock.now());
    await socket.leave();

    expect(afterPing).toBe(before);
  });

  describe('a handshake', () => {
    const refusalOf = async (url: string, headers: Record<string, string>) => {
      const socket = new GraphqlSocket(url, headers);
      return socket.closed;
    };

    it('without a cookie, or with one that is forged, is refused', async () => {
      const { browser } = await signIn();
      const forged = `${cookieOf(browser.cookies).slice(0, -4)}AAAA`;

      const refusals = await Promise.all([
        refusalOf(right.url, {}),
        refusalOf(right.url, { cookie: forged }),
        refusalOf(right.url, { cookie: 'sid=s%3Anonsense.nonsense' }),
      ]);

      const required = { code: 4401, reason: 'SESSION_REQUIRED' };
      expect(refusals).toEqual([required, required, required]);
    });

    it('of an ended session is told why', async () => {
      const { browser, id } = await signIn();
      await left.sessions.revoke(id, { reason: 'ended-by-operator' });

      const refusal = await refusalOf(right.url, { cookie: cookieOf(browser.cookies) });

      expect(refusal).toEqual({ code: 4401, reason: 'ended-by-operator' });
    });

    it('from a page of another site is refused, and from a trusted one accepted', async () => {
      const { browser } = await signIn();
      const cookie = cookieOf(browser.cookies);

      const refusal = await refusalOf(right.url, { cookie, origin: 'https://evil.example' });
      const trusted = new GraphqlSocket(right.url, { cookie, origin: 'https://www.example.com' });
      const own = new GraphqlSocket(right.url, { cookie, origin: right.url });
      await Promise.all([trusted.opened, own.opened]);
      await Promise.all([trusted.leave(), own.leave()]);

      expect(refusal).toEqual({ code: 4403, reason: 'CSRF_REJECTED' });
    });

    it('of a session that ends meanwhile is closed with the reason', async () => {
      const { browser, id } = await signIn();
      const socket = new GraphqlSocket(right.url, { cookie: cookieOf(browser.cookies) });

      await left.sessions.revoke(id, { reason: 'ended-by-operator' });

      expect(await socket.closed).toEqual({ code: 4401, reason: 'ended-by-operator' });
    });

    it('that its client breaks off leaves nothing behind', async () => {
      const { browser } = await signIn();
      const sockets = Array.from(
        { length: 20 },
        () => new GraphqlSocket(right.url, { cookie: cookieOf(browser.cookies) }),
      );

      await Promise.all(sockets.map((socket) => socket.leave()));

      await eventually(async () => right.core.live.count() === 0);
    });
  });
});

describe('handshakes', () => {
  it('of strangers are refused or accepted, and nothing else', async () => {
    const started = startGraphqlNode({}, { signedOut: 'maybe' as never });

    await expect(started).rejects.toMatchObject({
      code: 'SESSION_CONFIG_INVALID',
      option: 'signedOut',
    });
  });

  it('whose clients are gone when they are done leave nothing behind', async () => {
    const store = memoryStore();
    const node = await startGraphqlNode({ store });
    const { browser } = await signInAt(node.url, 'alice');
    const read = store.findMany.bind(store);
    const gate = new Gate();
    store.findMany = async (...args) => {
      store.findMany = read;
      await gate.wait();
      return read(...args);
    };
    const socket = new GraphqlSocket(node.url, { cookie: cookieOf(browser.cookies) });
    await gate.arrived(1);

    socket.cut();
    await eventually(async () => node.sockets() === 0);
    gate.open();

    await eventually(async () => node.core.live.count() === 0);
    await node.close();
  });

  it('over the bound of their address are refused', async () => {
    const node = await startGraphqlNode({ handshakesPerMinute: HANDSHAKES });
    const { browser } = await signInAt(node.url, 'alice');
    const cookie = cookieOf(browser.cookies);
    const sockets = Array.from({ length: 100 }, () => new GraphqlSocket(node.url, { cookie }));

    const outcomes = await Promise.all(
      sockets.map(({ opened }) => opened.then(() => 'open').catch(String)),
    );
    await Promise.all(sockets.map((socket) => socket.leave()));
    await eventually(async () => node.core.live.count() === 0);
    await node.close();

    const refused = outcomes.filter((outcome) => outcome !== 'open');
    expect(refused).toHaveLength(100 - HANDSHAKES);
    expect(new Set(refused)).toEqual(new Set(['Error: closed: 4429 SESSION_THROTTLED']));
  });

  it('without a session are accepted where the application says so, and guards refuse', async () => {
    const node = await startGraphqlNode({}, { signedOut: 'accept' });
    const socket = await GraphqlSocket.open(node.url, new Map());

    socket.run('{ perhapsMe }');
    const [open] = await socket.answered(1);
    socket.run('{ me }');
    const [, guarded] = await socket.answered(2);
    socket.run(SAID);
    const [, , subscription] = await socket.answered(3);
    await socket.leave();
    await node.close();

    const refused = { errors: [{ extensions: { code: 'SESSION_REQUIRED' } }] };
    expect(open).toEqual({ data: { perhapsMe: null } });
    expect(guarded).toMatchObject(refused);
    expect(subscription).toMatchObject(refused);
  });
});
