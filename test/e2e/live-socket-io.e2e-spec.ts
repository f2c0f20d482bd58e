import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UseGuards, type Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';
import { SESSION_ENDED, SessionIoAdapter } from 'nestjs-gatehouse/socket.io';
import { Manager, type Socket } from 'socket.io-client';
import type { SessionCore } from '../../src/core/session-core.js';
import { CurrentSession, SessionGuard, type SessionId } from '../../src/index.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { cookieOf } from '../support/live-sockets.js';
import { Gate, startSessionApp, type SessionApp } from '../support/session-app.js';

const ADMIN = { reason: 'ended-by-operator' };

const whoIs = (session: CurrentSession): WsResponse<SessionId> => ({
  event: 'who',
  data: session.id,
});

@WebSocketGateway()
@UseGuards(SessionGuard)
class MainGateway {
  @SubscribeMessage('who')
  who(@CurrentSession() session: CurrentSession): WsResponse<SessionId> {
    return whoIs(session);
  }
}

@WebSocketGateway({ namespace: 'side' })
@UseGuards(SessionGuard)
class SideGateway {
  @SubscribeMessage('who')
  who(@CurrentSession() session: CurrentSession): WsResponse<SessionId> {
    return whoIs(session);
  }
}

/** The application has a middleware of its own, which takes its time. */
class WaitingAdapter extends SessionIoAdapter {
  override createIOServer(
    ...args: Parameters<SessionIoAdapter['createIOServer']>
  ): ReturnType<SessionIoAdapter['createIOServer']> {
    const server = super.createIOServer(...args);
    io = server;
    server.of('/slow').use((_socket, next) => void gate.wait().then(() => next()));
    return server;
  }
}

const clock = new FakeClock();
let io: ReturnType<SessionIoAdapter['createIOServer']>;
let gate: Gate;
let node: SessionApp;
let core: SessionCore;
let browser: Browser;
let id: SessionId;
const managers: Manager[] = [];

const heard = <Value>(socket: Socket, event: string): Promise<Value> =>
  new Promise((resolve) => void socket.once(event, resolve));

function managerFor(cookies: ReadonlyMap<string, string>, transports: string[]): Manager {
  const manager = new Manager(node.url, {
    extraHeaders: cookieOf(cookies),
    transports,
    reconnection: false,
  });
  managers.push(manager);
  return manager;
}

async function ask(socket: Socket): Promise<unknown> {
  const answer = heard(socket, 'who');
  socket.emit('who', {});
  return answer;
}

beforeEach(async () => {
  const gateways: Type[] = [MainGateway, SideGateway];
  const options = { clock, liveCloseGrace: '1m' } as const;
  node = await startSessionApp(options, { providers: gateways }, false, (app) => {
    gate = app.get(Gate);
    app.useWebSocketAdapter(new WaitingAdapter(app));
  });
  core = node.app.get<SessionCore>(SESSION_CORE);
  browser = new Browser(node.url);
  id = (await browser.post('/login?user=ada')).json<{ id: SessionId }>().id;
});

afterEach(async () => {
  managers.splice(0).forEach((manager) => manager._close());
  await eventually(async () => core.live.count() === 0);
  await node.close();
});

describe.each([['websocket'], ['polling']])('namespaces of Socket.IO over %s', (transport) => {
  it('share the one binding of their connection, and its end', async () => {
    const manager = managerFor(browser.cookies, [transport]);
    const sockets = [manager.socket('/'), manager.socket('/side')];
    await Promise.all(sockets.map((socket) => heard(socket, 'connect')));
    expect(await Promise.all(sockets.map(ask))).toEqual([id, id]);
    expect(core.live.count()).toBe(1);
    const told = sockets.map((socket) => heard(socket, SESSION_ENDED));
    const gone = sockets.map((socket) => heard(socket, 'disconnect'));

    await node.sessions.revoke(id, ADMIN);

    const view = { state: 'revoked', ...ADMIN };
    expect(await Promise.all(told)).toEqual([view, view]);
    expect(await Promise.all(gone)).toEqual(['io server disconnect', 'io server disconnect']);
  });

  it('are closed to the signed-out, and so is the connection', async () => {
    const manager = managerFor(new Map(), [transport]);
    const socket = manager.socket('/side');

    expect(await heard(socket, 'connect_error')).toMatchObject({
      message: 'A session is required',
      data: { statusCode: 401, code: 'SESSION_REQUIRED' },
    });
    await eventually(async () => io.engine.clientsCount === 0);
  });

  it('are not joined by a session that ends while other middleware takes its time', async () => {
    const manager = managerFor(browser.cookies, [transport]);
    const socket = manager.socket('/slow');
    let connected = false;
    socket.on('connect', () => {
      connected = true;
    });
    const closed = new Promise<void>((resolve) => void manager.once('close', () => resolve()));
    await gate.arrived(1);
    expect(core.live.count()).toBe(1);

    await node.sessions.revoke(id, ADMIN);
    gate.open();
    await closed;

    expect(connected).toBe(false);
  });
});

describe('a connection of Socket.IO', () => {
  it('that moves from polling to a WebSocket stays bound', async () => {
    const manager = managerFor(browser.cookies, ['polling', 'websocket']);
    const socket = manager.socket('/');
    await heard(socket, 'connect');
    await eventually(async () => manager.engine.transport.name === 'websocket');
    const told = heard(socket, SESSION_ENDED);

    await node.sessions.revoke(id, ADMIN);

    expect(await told).toEqual({ state: 'revoked', ...ADMIN });
  });

  it('whose client polls no more is cut after the grace', async () => {
    const headers = cookieOf(browser.cookies);
    const url = `${node.url}/socket.io/?EIO=4&transport=polling`;
    const opened = await (await fetch(url, { headers })).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body: '40', headers });
    await (await fetch(`${url}&sid=${sid}`, { headers })).text();
    expect(core.live.count()).toBe(1);

    await node.sessions.revoke(id, ADMIN);
    await core.live.check();
    expect(io.engine.clientsCount).toBe(1);
    clock.advance('1m');
    await core.live.check();

    await eventually(async () => io.engine.clientsCount === 0);
  });
});
