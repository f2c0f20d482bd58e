import type { IncomingMessage } from 'node:http';
import type { SessionError } from '../../core/errors.js';
import type { ConnectionEnding, LiveConnection } from '../../core/live/live-binding.js';
import { closeFrameOf } from '../../express/live/close-frame.js';
import { errorOf } from '../../express/live/live-response.js';
import type { LiveSession } from '../../express/live/live-session.js';

/** What is used of a `WebSocket` of ws. */
export interface WebSocketLike {
  /** Where guards look for the request of the handshake, as Socket.IO has it. */
  request?: IncomingMessage;
  close(code: number, reason: string): void;
  on(event: 'message', listener: () => void): unknown;
  removeAllListeners(event: 'message'): unknown;
}

/**
 * One WebSocket, from its handshake on. What refuses it before it is open is kept until then,
 * because pages can read how a WebSocket was closed, and no other answer to its handshake.
 */
export class WsConnection implements LiveConnection {
  private socket: WebSocketLike | undefined;
  private live: LiveSession | undefined;
  private refusal: SessionError | undefined;

  constructor(private readonly request: IncomingMessage) {}

  close(ending: ConnectionEnding): void {
    this.refuse(errorOf(ending));
  }

  terminate(): void {
    this.request.socket.destroy();
  }

  refuse(error: SessionError): void {
    this.refusal ??= error;
    if (this.socket) this.shut(this.socket, this.refusal);
  }

  /** Holds the session until the connection under the WebSocket is gone, or lets go where it is. */
  hold(live: LiveSession): void {
    this.live = live;
    const { socket } = this.request;
    if (socket.destroyed) live.unbind();
    else socket.once('close', () => live.unbind());
  }

  /** The handshake is done; several gateways may say so. Whether the socket is theirs to use. */
  open(socket: WebSocketLike): boolean {
    if (!this.socket) this.begin(socket);
    return !this.refusal;
  }

  private begin(socket: WebSocketLike): void {
    this.socket = socket;
    socket.request = this.request;
    if (this.refusal) this.shut(socket, this.refusal);
    else socket.on('message', () => this.live?.touch());
  }

  /** What a client still sends that does not go reaches no handler. */
  private shut(socket: WebSocketLike, error: SessionError): void {
    const { code, reason } = closeFrameOf(error);
    socket.close(code, reason);
    socket.removeAllListeners('message');
  }
}
