import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Type, WebSocketAdapter } from '@nestjs/common';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { WebSocketGateway } from '@nestjs/websockets';
import { sign } from 'cookie-signature';
import { SessionIoAdapter } from 'nestjs-gatehouse/socket.io';
import { SessionWsAdapter, type SessionAdapterOptions } from 'nestjs-gatehouse/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { newSessionId, newSessionToken } from '../../src/core/ids.js';
import {
  memoryStore,
  SessionStoreUnavailableError,
  type SessionId,
  type SessionStore,
} from '../../src/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import {
  PLATFORMS,
  startSocketNode,
  type Platform,
  type SocketNode,
} from '../support/live-sockets.js';
import { SECRET, startSessionApp } from '../support/session-app.js';
import { DRIVERS, openStore, withInstead, type OpenedStore } from '../support/stores.js';

const ADMIN = { reason: 'ended-by-operator' };

describe.each(DRIVERS.flatMap((driver) => PLATFORMS.map((platform) => ({ driver, ...platform }))))(
  'live connections of $name on the driver $driver',
  ({ driver, adapter, connect }) => {
    const clock = new FakeClock();
    let opened: OpenedStore;
    let node: SocketNode;

    beforeAll(async () => {
      opened = await openStore(driver);
      node = await startSocketNode(opened.store, adapter, {
        clock,
        handshakesPerMinute: 100,
        liveCloseGrace: '1m',
        trustedOrigins: ['https://app.example'],
      });
    });

    afterAll(async () => {
      await node.close();
      await opened.close();
    });

    beforeEach(() => {
      node.log.handled.length = 0;
    });

    afterEach(async () => {
      await eventually(async () => node.core.live.count() === 0);
      await eventually(async () => node.log.connected === node.log.disconnected);
    });

    let users = 0;
    async function signIn(): Promise<{
      browser: Browser;
      id: SessionId;
      userId: string;
    }> {
      const userId = `user-${++users}`;
      const browser = new Browser(node.url);
      const answer = await browser.post(`/login?user=${userId}`);
      if (answer.status !== 201) throw new Error(answer.text);
      return { browser, userId, id: answer.json<{ id: SessionId }>().id };
    }

    /** From an address of its own, so that no bound is used up for others. */
    const visit = (browser: Browser, headers: Record<string, string> = {}) =>
      connect(node, browser.cookies, {
        headers: { 'x-forwarded-for': `192.0.2.${++users % 250}`, ...headers },
      });

    it('belong to the session of the cookie', async () => {
      const { browser, id, userId } = await signIn();
      const client = visit(browser);
      await client.opened;

      expect(await client.ask('who')).toEqual({
        event: 'who',
        data: { id, user: { tenantId: '', userId } },
      });
      expect(node.core.live.count({ sessionId: id })).toBe(1);
      client.leave();
    });

    it('serve several gateways with one handshake', async () => {
      const { browser, id } = await signIn();
      const client = visit(browser);
      await client.opened;

      expect(await client.ask('other')).toEqual({ event: 'other', data: true });
      expect(node.core.live.count({ sessionId: id })).toBe(1);
      client.leave();
    });

    it.each([
      ['without a cookie', () => ''],
      ['with a forged one', () => `s:${newSessionToken(newSessionId(1), 0)}.forged`],
      [
        'with one of no session that is known',
        () => `s:${sign(newSessionToken(newSessionId(1), 0), SECRET)}`,
      ],
    ])('are refused %s', async (_name, cookie) => {
      const browser = new Browser(node.url);
      if (cookie() !== '') browser.cookies.set('sid', encodeURIComponent(cookie()));
      const before = node.log.connected;
      const client = visit(browser);

      expect(await client.ended).toEqual({ status: 401, reason: 'SESSION_REQUIRED' });
      expect(node.log.connected).toBe(before);
    });

    it('are refused to a session that has ended, with the reason', async () => {
      const { browser, id } = await signIn();
      await node.sessions.revoke(id, ADMIN);

      expect(await visit(browser).ended).toEqual({ status: 401, reason: 'ended-by-operator' });
    });

    it('are refused to pages of other sites', async () => {
      const { browser } = await signIn();
      const refused = { status: 403, reason: 'CSRF_REJECTED' };

      expect(await visit(browser, { origin: 'https://evil.example' }).ended).toEqual(refused);
      expect(await visit(browser, { origin: 'null' }).ended).toEqual(refused);
      expect(
        await visit(browser, { origin: node.url, 'sec-fetch-site': 'cross-site' }).ended,
      ).toEqual(refused);
    });

    it.each([
      ['of the application', () => node.url],
      ['that is trusted', () => 'https://app.example'],
    ])('are open to pages of an origin %s', async (_name, origin) => {
      const { browser } = await signIn();
      const client = visit(browser, { origin: origin() });

      await client.opened;

      client.leave();
    });

    it('are refused to strangers of an address that makes too many, and to nobody signed in there', async () => {
      const { browser } = await signIn();
      const headers = { 'x-forwarded-for': '198.51.100.1' };
      const signedOut = new Browser(node.url);
      const burst = Array.from({ length: 1_000 }, () => visit(signedOut, headers).ended);

      const reasons = (await Promise.all(burst)).map(({ reason }) => reason);

      expect(reasons.filter((reason) => reason === 'SESSION_REQUIRED')).toHaveLength(100);
      expect(reasons.filter((reason) => reason === 'SESSION_THROTTLED')).toHaveLength(900);
      const behindTheSame = visit(browser, headers);
      await behindTheSame.opened;
      behindTheSame.leave();
    });

    it('of one session are bounded too', async () => {
      const { browser } = await signIn();
      const headers = { 'x-forwarded-for': '198.51.100.2' };
      const burst = Array.from({ length: 101 }, () => visit(browser, headers));

      const refused = (await Promise.race(burst.map(({ ended }) => ended))).reason;

      expect(refused).toBe('SESSION_THROTTLED');
      for (const client of burst) client.leave();
    });

    it('hear at once that their session has ended, and why', async () => {
      const { browser, id } = await signIn();
      const client = visit(browser);
      await client.opened;

      await node.sessions.revoke(id, ADMIN);

      expect(await client.ended).toEqual({ status: 401, reason: 'ended-by-operator' });
    });

    it('of a client that ignores the close are cut, and what it still sends is not heard', async () => {
      const { browser, id } = await signIn();
      const bystander = visit((await signIn()).browser);
      await bystander.opened;
      const upgraded = once(node.app.getHttpServer(), 'upgrade');
      const client = visit(browser);
      await client.opened;
      const [, underneath] = (await upgraded) as [unknown, Socket];
      client.deafen();

      await node.sessions.revoke(id, ADMIN);
      client.send('open');
      await bystander.ask('who');
      await node.core.live.check();
      expect(node.core.live.count({ sessionId: id })).toBe(1);
      expect(underneath.destroyed).toBe(false);
      clock.advance('1m');
      await node.core.live.check();

      await eventually(async () => underneath.destroyed);
      expect(node.log.handled).toEqual(['who']);
      bystander.leave();
      client.leave();
    });

    it('of a client that leaves during the handshake are forgotten', async () => {
      const { browser } = await signIn();
      const clients = Array.from({ length: 20 }, () => visit(browser));
      clients.slice(0, 10).forEach((client) => client.leave());
      await Promise.all(clients.slice(10).map(({ opened }) => opened));

      clients.slice(10).forEach((client) => client.leave());

      await eventually(async () => node.core.live.count() === 0);
    });

    it('outlive a rotation of the token', async () => {
      const { browser, id } = await signIn();
      const client = visit(browser);
      await client.opened;

      await browser.post('/rotate');
      await node.core.live.check();

      expect(await client.ask('who')).toMatchObject({ data: { id } });
      client.leave();
    });

    describe('check each message', () => {
      it('against the session as it is now', async () => {
        const { browser, id } = await signIn();
        const client = visit(browser);
        await client.opened;
        await client.ask('who');

        const other = await node.core.store.find(id);
        expect(other).toBeDefined();
        clock.advance('30m');
        client.send('who');

        expect(await client.ended).toEqual({ status: 401, reason: 'idle' });
        expect(node.log.handled).toEqual(['who']);
      });

      it('for a proof of identity that is fresh', async () => {
        const { browser } = await signIn();
        const client = visit(browser);
        await client.opened;
        expect(await client.ask('fresh')).toEqual({ event: 'fresh', data: true });
        clock.advance('11m');

        expect(await client.ask('fresh')).toEqual({
          event: 'exception',
          data: expect.objectContaining({
            status: 'error',
            statusCode: 403,
            code: 'SESSION_NOT_FRESH',
            maxAge: 600,
          }),
        });
        await browser.post('/reauthenticate');
        expect(await client.ask('fresh')).toEqual({ event: 'fresh', data: true });
        client.leave();
      });

      it('and tell errors of handlers by their code', async () => {
        const { browser } = await signIn();
        const client = visit(browser);
        await client.opened;

        expect(await client.ask('conflict')).toMatchObject({
          event: 'exception',
          data: { status: 'error', code: 'SESSION_CONFLICT' },
        });
        client.leave();
      });
    });

    it('are as active as their messages, and no more', async () => {
      const { browser, id } = await signIn();
      const client = visit(browser);
      await client.opened;
      const seenAt = async () => (await node.sessions.get(id))!.lastSeenAt;
      const before = await seenAt();

      clock.advance('5m');
      await client.ask('open');
      await eventually(async () => (await seenAt()) === before + 300_000);
      clock.advance('5m');
      client.ping();
      await browser.get('/passive');
      await node.core.live.check();

      expect(await seenAt()).toBe(before + 300_000);
      client.leave();
    });
  },
);

describe.each(PLATFORMS)('the adapter for $name', ({ adapter, connect }) => {
  const nodes: SocketNode[] = [];
  /** What happens once, between the reading of the cookie and the binding of the connection. */
  let meanwhile: (() => Promise<unknown>) | undefined;

  let reads = 0;

  async function startNode(options?: SessionAdapterOptions): Promise<SocketNode> {
    const store = memoryStore();
    const find: SessionStore['find'] = async (id) => {
      reads += 1;
      const found = await store.find(id);
      const happens = meanwhile;
      meanwhile = undefined;
      await happens?.();
      return found;
    };
    const node = await startSocketNode(withInstead(store, { find }), (app) =>
      adapter(app, options),
    );
    nodes.push(node);
    return node;
  }

  async function signedInAt(node: SocketNode): Promise<{ browser: Browser; id: SessionId }> {
    const browser = new Browser(node.url);
    const answer = await browser.post('/login?user=ada');
    return { browser, id: answer.json<{ id: SessionId }>().id };
  }

  afterEach(async () => {
    for (const node of nodes.splice(0)) {
      await eventually(async () => node.core.live.count() === 0);
      await node.close();
    }
  });

  it('refuses a session that ends during its handshake', async () => {
    const node = await startNode();
    const { browser, id } = await signedInAt(node);
    meanwhile = () => node.sessions.revoke(id, ADMIN);

    const client = connect(node, browser.cookies);

    expect(await client.ended).toEqual({ status: 401, reason: 'ended-by-operator' });
    expect(node.log.connected).toBe(0);
  });

  it('forgets a client that has gone before its handshake is done', async () => {
    const node = await startNode();
    const { browser } = await signedInAt(node);
    const upgraded = once(node.app.getHttpServer(), 'upgrade');
    const handled = new Promise<void>((resolve) => {
      meanwhile = async () => {
        const [, underneath] = (await upgraded) as [unknown, Socket];
        client.vanish();
        await eventually(async () => underneath.closed);
        resolve();
      };
    });
    const client = connect(node, browser.cookies);

    await handled;
    await new Promise(setImmediate);

    expect(node.core.live.count()).toBe(0);
    expect(node.log.connected).toBe(0);
  });

  it('asks clients to come back later while the store is away', async () => {
    const node = await startNode();
    const { browser } = await signedInAt(node);
    meanwhile = () => Promise.reject(new SessionStoreUnavailableError('find'));

    const client = connect(node, browser.cookies);

    expect(await client.ended).toEqual({ status: 503, reason: 'SESSION_STORE_UNAVAILABLE' });
  });

  it('answers a message with the code of an outage, and keeps the connection', async () => {
    const node = await startNode();
    const { browser } = await signedInAt(node);
    const client = connect(node, browser.cookies);
    await client.opened;
    meanwhile = () => Promise.reject(new SessionStoreUnavailableError('find'));

    expect(await client.ask('who')).toMatchObject({
      event: 'exception',
      data: { status: 'error', statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' },
    });
    expect(await client.ask('who')).toMatchObject({ event: 'who' });
    client.leave();
  });

  it('reads the session once a message, however many guards ask', async () => {
    const node = await startNode();
    const { browser } = await signedInAt(node);
    const client = connect(node, browser.cookies);
    await client.opened;
    reads = 0;

    await client.ask('fresh');
    expect(reads).toBe(1);
    await client.ask('open');
    expect(reads).toBe(1);

    client.leave();
  });

  it('accepts the signed-out where it is told to, for handlers that ask for no session', async () => {
    const node = await startNode({ signedOut: 'accept' });
    const client = connect(node, new Map());
    await client.opened;
    const refusal = {
      event: 'exception',
      data: {
        status: 'error',
        statusCode: 401,
        code: 'SESSION_REQUIRED',
        message: expect.any(String),
      },
    };

    expect(await client.ask('open')).toEqual({ event: 'open', data: true });
    expect(await client.ask('who')).toEqual(refusal);
    expect(await client.ask('fresh')).toEqual(refusal);
    expect(await client.ask('unguarded')).toEqual(refusal);
    expect(node.log.handled).toEqual(['open']);
    client.leave();
  });

  it('then refuses pages of other sites all the same', async () => {
    const node = await startNode({ signedOut: 'accept' });

    const client = connect(node, new Map(), { headers: { origin: 'https://evil.example' } });

    expect(await client.ended).toEqual({ status: 403, reason: 'CSRF_REJECTED' });
  });

  it('names an option that it does not know', async () => {
    const start = startNode({ signedOut: 'allow' as 'accept' });

    await expect(start).rejects.toThrow(
      'Option "signedOut" must be one of refuse, accept; got "allow"',
    );
  });
});

describe('the adapter for ws', () => {
  const [, { adapter, connect }] = PLATFORMS as readonly [Platform, Platform];

  it('shares the server with others who serve WebSockets of their own', async () => {
    const node = await startSocketNode(memoryStore(), adapter);
    const others = new WebSocketServer({ noServer: true });
    others.on('connection', (socket) => socket.send('theirs'));
    node.app
      .getHttpServer()
      .on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
        if (request.url === '/others')
          others.handleUpgrade(request, socket, head, (client) =>
            others.emit('connection', client),
          );
      });
    const browser = new Browser(node.url);
    await browser.post('/login?user=ada');
    const own = connect(node, browser.cookies);
    const other = new WebSocket(`${node.url.replace('http', 'ws')}/others`);

    const [data] = (await once(other, 'message')) as [Buffer];

    expect(data.toString()).toBe('theirs');
    await own.opened;
    expect(await own.ask('who')).toMatchObject({ event: 'who' });
    other.terminate();
    own.leave();
    await eventually(async () => node.core.live.count() === 0);
    await node.close();
  });
});

describe('gateways that would let connections in by themselves are refused at start', () => {
  @WebSocketGateway({ connectionStateRecovery: {} })
  class RecoveringGateway {}

  @WebSocketGateway({ verifyClient: () => true })
  class LaxGateway {}

  const startWith = (
    gateway: Type,
    adapter: (app: NestExpressApplication) => WebSocketAdapter,
  ): Promise<unknown> =>
    startSessionApp(
      {},
      { providers: [gateway] },
      false,
      (app) => void app.useWebSocketAdapter(adapter(app)),
    );

  it('with Socket.IO', async () => {
    const start = startWith(RecoveringGateway, (app) => new SessionIoAdapter(app));

    await expect(start).rejects.toThrow('Option "connectionStateRecovery" must be absent');
  });

  it('with ws', async () => {
    const start = startWith(LaxGateway, (app) => new SessionWsAdapter(app));

    await expect(start).rejects.toThrow('Option "verifyClient" must be absent');
  });
});
