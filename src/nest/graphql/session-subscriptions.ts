import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { SessionError } from '../../core/errors.js';
import type { LiveConnection } from '../../core/live/live-binding.js';
import { optionsIn } from '../../core/require-option.js';
import { closeFrameOf } from '../../express/live/close-frame.js';
import {
  Handshakes,
  requireSignedOut,
  type HandshakeOptions,
} from '../../express/live/handshakes.js';
import { errorOf } from '../../express/live/live-response.js';
import { findLiveSession } from '../../express/live/live-session.js';

export type GraphqlWsOptions = Pick<HandshakeOptions, 'signedOut'>;

/** What graphql-ws hands to its hooks, as far as it matters here. */
export interface GraphqlWsContext {
  /** The `socket` and the upgrade `request`, from graphql-ws' adapter for the package ws. */
  readonly extra: unknown;
}

/** For GraphQLModule's `subscriptions: { 'graphql-ws': … }`. */
export interface GraphqlWsHooks {
  readonly onConnect: (context: GraphqlWsContext) => Promise<boolean>;
  readonly onSubscribe: (context: GraphqlWsContext) => void;
}

interface Socket {
  readonly readyState: number;
  readonly CLOSED: number;
  close(code: number, reason: string): void;
  terminate(): void;
  once(event: 'close', listener: () => void): unknown;
  removeAllListeners(event: 'message'): unknown;
}

interface Extra {
  readonly socket: Socket;
  readonly request: IncomingMessage;
}

/** Sessions of GraphQL subscriptions, over any driver of GraphQLModule that speaks graphql-ws. @publicApi */
@Injectable()
export class SessionSubscriptions {
  constructor(private readonly handshakes: Handshakes) {}

  /**
   * Binds each socket to the session of its handshake. What is refused, and what ends, is closed
   * with a code that the client can read: 4401 without a session, 4403 for a foreign origin, 4429
   * for too many, 1013 while the store is away. An operation counts as activity, a ping does not.
   * @throws SessionConfigInvalidError
   */
  graphqlWs(options: GraphqlWsOptions = {}): GraphqlWsHooks {
    requireSignedOut(optionsIn('options', options).signedOut);
    return {
      onConnect: ({ extra }) => this.connect(extra as Extra, options),
      onSubscribe: ({ extra }) => findLiveSession((extra as Extra).request)?.touch(),
    };
  }

  private async connect({ socket, request }: Extra, options: GraphqlWsOptions): Promise<boolean> {
    try {
      const live = await this.handshakes.open(request, connectionOf(socket), options);
      if (socket.readyState === socket.CLOSED) live.unbind();
      else socket.once('close', () => live.unbind());
      return true;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      closeFor(socket, error);
      return false;
    }
  }
}

const connectionOf = (socket: Socket): LiveConnection => ({
  close: (ending) => closeFor(socket, errorOf(ending)),
  terminate: () => socket.terminate(),
});

/** What a client still sends that does not go reaches no resolver. */
function closeFor(socket: Socket, error: SessionError): void {
  const { code, reason } = closeFrameOf(error);
  socket.close(code, reason);
  socket.removeAllListeners('message');
}
