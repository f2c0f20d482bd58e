import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { SessionConfigInvalidError, type SessionError } from '../../core/errors.js';
import type { SessionCore } from '../../core/session-core.js';
import { Handshakes, type HandshakeOptions } from '../../express/live/handshakes.js';
import { SESSION_CORE } from '../session.tokens.js';
import { bindLiveExceptions } from '../interceptors/live-exception.interceptor.js';
import { handshakeOptionsOf, type SessionAdapterOptions } from './adapter-options.js';
import { SharedUpgrades } from './shared-upgrades.js';
import { WsConnection, type WebSocketLike } from './ws-connection.js';

type WsAdapterOptions = NonNullable<ConstructorParameters<typeof WsAdapter>[1]>;
type CreateOptions = NonNullable<Parameters<WsAdapter['create']>[1]>;

interface Server {
  on(
    event: 'connection',
    listener: (socket: WebSocketLike, request: IncomingMessage) => void,
  ): unknown;
}

/** What would let connections in past the session. */
const NOT_YOURS = ['server', 'verifyClient'] as const;

/**
 * Nest's adapter for ws, whose connections belong to the session of their handshake's cookie, and
 * are closed with it.
 *
 * `app.useWebSocketAdapter(new SessionWsAdapter(app))` @publicApi
 */
export class SessionWsAdapter extends WsAdapter {
  private readonly core: SessionCore;
  private readonly handshakes: Handshakes;
  private readonly handshakeOptions: HandshakeOptions;
  private readonly connections = new WeakMap<IncomingMessage, WsConnection>();
  private upgrades: SharedUpgrades | undefined;

  /** @throws SessionConfigInvalidError */
  constructor(app: INestApplication, options: SessionAdapterOptions & WsAdapterOptions = {}) {
    super(app, options);
    this.handshakeOptions = handshakeOptionsOf(options);
    this.core = app.get<SessionCore>(SESSION_CORE, { strict: false });
    this.handshakes = app.get(Handshakes, { strict: false });
    bindLiveExceptions(app);
  }

  /** @throws SessionConfigInvalidError for gateway options that would go past the session */
  override create(port: number, options: CreateOptions = {}): unknown {
    for (const name of NOT_YOURS)
      if (options[name] !== undefined)
        throw new SessionConfigInvalidError(name, 'must be absent: SessionWsAdapter has its own');
    return super.create(port, {
      ...options,
      closeTimeout: this.core.options.liveCloseGraceMs,
      verifyClient: (
        { req: request }: { readonly req: IncomingMessage },
        proceed: (verified: boolean) => void,
      ) => {
        void this.shakeHands(request).then(() => proceed(true));
      },
    });
  }

  override bindClientConnect(
    server: Server,
    callback: (socket: WebSocketLike, request: IncomingMessage) => void,
  ): void {
    server.on('connection', (socket, request) => {
      if (this.connections.get(request)!.open(socket)) callback(socket, request);
    });
  }

  override async dispose(): Promise<void> {
    this.upgrades?.close();
    await super.dispose();
  }

  /** Nest's would cut all upgrades that no gateway serves, whoever else listens to the application's server. */
  protected override ensureHttpServerExists(
    port: number,
    server?: HttpServer,
  ): HttpServer | undefined {
    if (!server || this.httpServersRegistry.has(port))
      return super.ensureHttpServerExists(port, server);
    this.upgrades = new SharedUpgrades(server, (pathname) => this.isServed(port, pathname));
    return super.ensureHttpServerExists(port, this.upgrades.own as HttpServer);
  }

  private isServed(port: number, pathname: string): boolean {
    const servers: readonly { readonly path: string }[] = this.wsServersRegistry.get(port) ?? [];
    return servers.some(({ path }) => path === pathname);
  }

  private async shakeHands(request: IncomingMessage): Promise<void> {
    const connection = new WsConnection(request);
    this.connections.set(request, connection);
    try {
      connection.hold(await this.handshakes.open(request, connection, this.handshakeOptions));
    } catch (error) {
      connection.refuse(error as SessionError);
    }
  }
}
