import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;
const NOTHING: Buffer = Buffer.alloc(0);

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * A connection with one request in flight, written for this: it parses no more of an answer than
 * its status, its length and its body, so that the server and not the client is what is measured.
 */
export class KeepAliveConnection {
  private received = NOTHING;
  private answered: ((answer: Answer) => void) | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly onFailure: (error: Error) => void,
  ) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', onFailure);
    socket.on('close', () => this.answered && onFailure(new Error('A connection was cut')));
  }

  static async open(port: number, onFailure: (error: Error) => void): Promise<KeepAliveConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new KeepAliveConnection(socket, onFailure);
  }

  send(request: Buffer, answered: (answer: Answer) => void): void {
    this.answered = answered;
    this.socket.write(request);
  }

  close(): void {
    this.answered = undefined;
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    const received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const answer = answerIn(received);
    if (!answer) {
      this.received = received;
      return;
    }
    this.received = NOTHING;
    const { answered } = this;
    this.answered = undefined;
    if (answered) answered(answer);
    else this.onFailure(new Error('An answer came to no request'));
  }
}

/** Undefined until all of it is there. */
function answerIn(received: Buffer): Answer | undefined {
  const headEnd = received.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const bodyStart = headEnd + END_OF_HEAD.length;
  const length = Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
  if (received.length < bodyStart + length) return undefined;
  return {
    status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)),
    body: received.toString('utf8', bodyStart, bodyStart + length),
  };
}
