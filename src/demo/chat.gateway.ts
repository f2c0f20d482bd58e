import { UseGuards } from '@nestjs/common';
import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { CurrentSession, SessionGuard } from 'nestjs-gatehouse';
import { WebSocket, type Server } from 'ws';

const MAX_MESSAGE_BYTES = 1_024;
const MAX_TEXT_LENGTH = 200;

/** What one says everybody on this node hears. A socket ends with the session that opened it. */
@WebSocketGateway({ path: '/chat', maxPayload: MAX_MESSAGE_BYTES })
@UseGuards(SessionGuard)
export class ChatGateway {
  @WebSocketServer() private readonly server: Server;

  @SubscribeMessage('say')
  say(@MessageBody() text: unknown, @CurrentSession() { userId }: CurrentSession): void {
    if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT_LENGTH) return;
    const message = JSON.stringify({ event: 'said', data: { userId, text } });
    for (const client of this.server.clients)
      if (client.readyState === WebSocket.OPEN) client.send(message);
  }
}
