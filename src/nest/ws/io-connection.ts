import type { IoAdapter } from '@nestjs/platform-socket.io';
import type { SessionError } from '../../core/errors.js';
import type { ConnectionEnding, LiveConnection } from '../../core/live/live-binding.js';
import { errorOf, toEndingView } from '../../express/live/live-response.js';
import type { LiveSession } from '../../express/live/live-session.js';

/** The very types of the Socket.IO that Nest's adapter uses. */
export type IoServer = ReturnType<IoAdapter['createIOServer']>;
export type IoServerOptions = NonNullable<Parameters<IoAdapter['createIOServer']>[1]>;
export type IoSocket = Parameters<IoAdapter['bindMessageHandlers']>[0];
export type EngineSocket = IoSocket['conn'];

/** What a client hears last, with `{ state, reason }`. */
export const SESSION_ENDED = 'session:ended';

/** Of the WebSocket transport; engine.io does not say so in its types. */
interface WebSocketLike {
  readonly readyState: number;
  once(event: 'close', listener: () => void): unknown;
  terminate(): void;
}

const CLOSED = 3;

/** One connection of Socket.IO's engine, with its sockets: one of each namespace that the client has joined. */
export class IoConnection implements LiveConnection {
  private readonly sockets = new Set<IoSocket>();
  private live: LiveSession | undefined;
  private refusal: SessionError | undefined;

  constructor(private readonly engine: EngineSocket) {}

  close(ending: ConnectionEnding): void {
    this.refusal ??= errorOf(ending);
    const view = toEndingView(ending);
    for (const socket of this.sockets) socket.emit(SESSION_ENDED, view);
    for (const socket of this.sockets) socket.disconnect(true);
    // Sockets that have not come to be connected cannot be disconnected either.
    if (this.sockets.size > 0) this.engine.close();
  }

  terminate(): void {
    webSocketOf(this.engine)?.terminate();
    this.engine.close(true);
  }

  refuse(error: SessionError): void {
    this.refusal ??= error;
  }

  hold(live: LiveSession): void {
    this.live = live;
    if (this.engine.readyState === 'closed') this.letGo(live);
    else this.engine.once('close', () => this.letGo(live));
  }

  /** Why no socket may be opened; else the socket is one of this connection's from now on. */
  join(socket: IoSocket): SessionError | undefined {
    if (this.refusal) return this.refusal;
    this.sockets.add(socket);
    socket.once('disconnect', () => this.sockets.delete(socket));
    socket.use((_packet, next) => {
      this.live?.touch();
      next();
    });
    return undefined;
  }

  /** The engine takes a WebSocket for closed that its client has not closed yet. */
  private letGo(live: LiveSession): void {
    const webSocket = webSocketOf(this.engine);
    if (!webSocket || webSocket.readyState === CLOSED) live.unbind();
    else webSocket.once('close', () => live.unbind());
  }
}

/** Undefined for long polling. */
const webSocketOf = ({ transport }: EngineSocket): WebSocketLike | undefined =>
  (transport as unknown as { readonly socket?: WebSocketLike }).socket;
