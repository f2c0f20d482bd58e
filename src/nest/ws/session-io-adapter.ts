import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SessionConfigInvalidError, type SessionError } from '../../core/errors.js';
import { Handshakes, type HandshakeOptions } from '../../express/live/handshakes.js';
import { httpErrorOf } from '../../express/http-error.js';
import { bindLiveExceptions } from '../interceptors/live-exception.interceptor.js';
import { handshakeOptionsOf, type SessionAdapterOptions } from './adapter-options.js';
import {
  IoConnection,
  type EngineSocket,
  type IoServer,
  type IoServerOptions,
  type IoSocket,
} from './io-connection.js';

export { SESSION_ENDED } from './io-connection.js';

/**
 * Nest's adapter for Socket.IO, whose connections belong to the session of their handshake's
 * cookie, and are closed with it. To be extended as `IoAdapter` is, for another Socket.IO adapter.
 *
 * `app.useWebSocketAdapter(new SessionIoAdapter(app))` @publicApi
 */
export class SessionIoAdapter extends IoAdapter {
  private readonly handshakes: Handshakes;
  private readonly handshakeOptions: HandshakeOptions;
  private readonly connections = new WeakMap<EngineSocket, Promise<IoConnection>>();

  /** @throws SessionConfigInvalidError */
  constructor(app: INestApplication, options: SessionAdapterOptions = {}) {
    super(app);
    this.handshakeOptions = handshakeOptionsOf(options);
    this.handshakes = app.get(Handshakes, { strict: false });
    bindLiveExceptions(app);
  }

  /**
   * @throws SessionConfigInvalidError for connection state recovery: Socket.IO sends what a client
   * has missed before any middleware may ask whether its session is still alive, or still its own
   */
  override createIOServer(port: number, options?: IoServerOptions): IoServer {
    if (options?.connectionStateRecovery)
      throw new SessionConfigInvalidError(
        'connectionStateRecovery',
        'must be absent: it sends what was missed before the session is checked',
      );
    const server = super.createIOServer(port, options);
    server.use(this.admit);
    server.on('new_namespace', (namespace) => namespace.use(this.admit));
    return server;
  }

  private readonly admit = (socket: IoSocket, next: (error?: Error) => void): void => {
    const { conn: engine } = socket;
    void this.connectionOf(engine).then((connection) => {
      const refusal = connection.join(socket);
      if (!refusal) return next();
      // Socket.IO sends the refusal at the next tick, which by then is the next thing to drain.
      process.nextTick(() => engine.once('drain', () => engine.close(true)));
      next(Object.assign(new Error(refusal.message), { data: httpErrorOf(refusal) }));
    });
  };

  /** One handshake for all namespaces of a connection. */
  private connectionOf(engine: EngineSocket): Promise<IoConnection> {
    const present = this.connections.get(engine);
    if (present) return present;
    const connection = this.shakeHands(engine);
    this.connections.set(engine, connection);
    return connection;
  }

  private async shakeHands(engine: EngineSocket): Promise<IoConnection> {
    const connection = new IoConnection(engine);
    const { request } = engine;
    try {
      connection.hold(await this.handshakes.open(request, connection, this.handshakeOptions));
    } catch (error) {
      connection.refuse(error as SessionError);
    }
    return connection;
  }
}
