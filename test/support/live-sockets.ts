import { Injectable, UseGuards } from '@nestjs/common';
import type { WebSocketAdapter } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type WsResponse,
} from '@nestjs/websockets';
import { SessionIoAdapter, SESSION_ENDED } from 'nestjs-gatehouse/socket.io';
import { SessionWsAdapter, type SessionAdapterOptions } from 'nestjs-gatehouse/ws';
import type { ClientRequest } from 'node:http';
import { io, type Socket as IoClient } from 'socket.io-client';
import { WebSocket } from 'ws';
import {
  CurrentSession,
  CurrentUser,
  findSignedIn,
  Public,
  RequireFresh,
  SessionGuard,
  type SessionModuleOptions,
  type SessionStore,
  type User,
} from '../../src/index.js';
import { SessionConflictError } from '../../src/core/errors.js';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { startSessionApp, type SessionApp } from './session-app.js';

/** What the gateway of one node has seen. */
@Injectable()
export class GatewayLog {
  connected = 0;
  disconnected = 0;
  lastUser: string | undefined;
  readonly handled: string[] = [];
}

const answer = (event: string, data: unknown): WsResponse => ({ event, data });

@WebSocketGateway()
@UseGuards(SessionGuard)
export class ProbeGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(private readonly log: GatewayLog) {}

  handleConnection(client: { readonly request: object }): void {
    this.log.connected += 1;
    this.log.lastUser = findSignedIn(client.request)?.userId;
  }

  handleDisconnect(): void {
    this.log.disconnected += 1;
  }

  @SubscribeMessage('who')
  who(@CurrentSession() session: CurrentSession, @CurrentUser() user: User): WsResponse {
    this.log.handled.push('who');
    return answer('who', { id: session.id, user });
  }

  @SubscribeMessage('fresh')
  @RequireFresh('10m')
  fresh(): WsResponse {
    this.log.handled.push('fresh');
    return answer('fresh', true);
  }

  @SubscribeMessage('open')
  @Public()
  open(): WsResponse {
    this.log.handled.push('open');
    return answer('open', true);
  }

  @SubscribeMessage('unguarded')
  @Public()
  unguarded(@CurrentSession() session: CurrentSession): WsResponse {
    return answer('unguarded', session.id);
  }

  @SubscribeMessage('conflict')
  conflict(): never {
    throw new SessionConflictError();
  }
}

/** Another gateway on the same server. */
@WebSocketGateway()
export class OtherGateway {
  @SubscribeMessage('other')
  other(): WsResponse {
    return answer('other', true);
  }
}

export interface SocketNode extends SessionApp {
  readonly core: SessionCore;
  readonly log: GatewayLog;
}

/** Why a connection was refused or closed, in the words of HTTP whichever transport said it. */
export interface Ending {
  readonly status: number;
  readonly reason: string;
}

export interface ClientOptions {
  readonly headers?: Record<string, string>;
}

/** A client that is connected, or is being refused. */
export interface LiveClient {
  /** Rejects where it is refused. */
  readonly opened: Promise<void>;
  readonly ended: Promise<Ending>;
  /** What comes back, be it the event of that name or an exception. */
  ask(event: string): Promise<unknown>;
  /** Sends, and waits for nothing. */
  send(event: string): void;
  ping(): void;
  /** Reads nothing more, so that it answers no close. */
  deafen(): void;
  leave(): void;
  /** Is gone before the handshake is done, as when a network breaks. */
  vanish(): void;
}

export interface Platform {
  readonly name: 'Socket.IO' | 'ws';
  readonly adapter: (
    app: NestExpressApplication,
    options?: SessionAdapterOptions,
  ) => WebSocketAdapter;
  readonly connect: (
    node: SessionApp,
    cookies: ReadonlyMap<string, string>,
    options?: ClientOptions,
  ) => LiveClient;
}

export const cookieOf = (cookies: ReadonlyMap<string, string>): Record<string, string> =>
  cookies.size === 0
    ? {}
    : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

function deferred<Value>(): Deferred<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

const TRY_AGAIN_LATER = 1013;

class WsClient implements LiveClient {
  private readonly opening = deferred<void>();
  private readonly ending = deferred<Ending>();
  private readonly waiting: ((answer: unknown) => void)[] = [];
  readonly socket: WebSocket;

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url.replace('http', 'ws'), { headers });
    this.socket.on('message', (data: Buffer) => {
      const { event, data: value } = JSON.parse(data.toString()) as {
        event: string;
        data: unknown;
      };
      this.waiting.shift()?.({ event, data: value });
    });
    this.socket.on('error', (error) => this.opening.reject(error));
    this.socket.on('open', () => this.opening.resolve());
    this.socket.on('close', (code, reason) => {
      const status = code === TRY_AGAIN_LATER ? 503 : code - 4_000;
      this.ending.resolve({ status, reason: reason.toString() });
    });
  }

  get opened(): Promise<void> {
    return this.opening.promise;
  }

  get ended(): Promise<Ending> {
    return this.ending.promise;
  }

  ask(event: string): Promise<unknown> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.send(event);
    });
  }

  send(event: string): void {
    this.socket.send(JSON.stringify({ event, data: {} }));
  }

  ping(): void {
    this.socket.ping();
  }

  deafen(): void {
    this.socket.pause();
  }

  leave(): void {
    this.socket.terminate();
  }

  vanish(): void {
    const { _req: handshake } = this.socket as unknown as { readonly _req: ClientRequest };
    handshake.socket?.resetAndDestroy();
  }
}

interface RefusalData {
  readonly statusCode: number;
  readonly code: string;
  readonly reason?: string;
}

class SocketIoClient implements LiveClient {
  private readonly opening = deferred<void>();
  private readonly ending = deferred<Ending>();
  readonly socket: IoClient;

  constructor(url: string, headers: Record<string, string>) {
    this.socket = io(url, {
      extraHeaders: headers,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    this.socket.on('connect', () => this.opening.resolve());
    this.socket.on('connect_error', (error) => {
      const { data } = error as Error & { data?: RefusalData };
      if (data) this.ending.resolve({ status: data.statusCode, reason: data.reason ?? data.code });
      this.opening.reject(error);
    });
    let told: { state: string; reason: string } | undefined;
    this.socket.on(SESSION_ENDED, (view: { state: string; reason: string }) => {
      told = view;
    });
    this.socket.on('disconnect', (how) => {
      if (told && how === 'io server disconnect')
        this.ending.resolve({
          status: told.state === 'unavailable' ? 503 : 401,
          reason: told.reason,
        });
      else this.ending.reject(new Error(`disconnected by ${how}`));
    });
  }

  get opened(): Promise<void> {
    return this.opening.promise;
  }

  get ended(): Promise<Ending> {
    return this.ending.promise;
  }

  ask(event: string): Promise<unknown> {
    return new Promise((resolve) => {
      this.socket.onAny((name: string, data: unknown) => {
        this.socket.offAny();
        resolve({ event: name, data });
      });
      this.send(event);
    });
  }

  send(event: string): void {
    this.socket.emit(event, {});
  }

  /** The engine's own heartbeat. */
  ping(): void {
    const { transport } = this.socket.io.engine as unknown as {
      transport: { send(packets: readonly { type: 'pong' }[]): void };
    };
    transport.send([{ type: 'pong' }]);
  }

  deafen(): void {
    const { transport } = this.socket.io.engine as unknown as {
      transport: { ws: Pick<WebSocket, 'pause'> };
    };
    transport.ws.pause();
  }

  leave(): void {
    this.socket.disconnect();
  }

  vanish(): void {
    this.leave();
  }
}

export const PLATFORMS: readonly Platform[] = [
  {
    name: 'Socket.IO',
    adapter: (app, options) => new SessionIoAdapter(app, options),
    connect: ({ url }, cookies, { headers = {} } = {}) =>
      new SocketIoClient(url, { ...cookieOf(cookies), ...headers }),
  },
  {
    name: 'ws',
    adapter: (app, options) => new SessionWsAdapter(app, options),
    connect: ({ url }, cookies, { headers = {} } = {}) =>
      new WsClient(url, { ...cookieOf(cookies), ...headers }),
  },
];

/** An application with the probe's gateways on the adapter given. */
export async function startSocketNode(
  store: SessionStore,
  adapter: (app: NestExpressApplication) => WebSocketAdapter,
  options: Partial<SessionModuleOptions> = {},
): Promise<SocketNode> {
  const started = await startSessionApp(
    { store, audit: false, ...options },
    { providers: [GatewayLog, ProbeGateway, OtherGateway] },
    false,
    (app) => {
      app.set('trust proxy', 1);
      app.useWebSocketAdapter(adapter(app));
    },
  );
  const { app } = started;
  return { ...started, core: app.get<SessionCore>(SESSION_CORE), log: app.get(GatewayLog) };
}
