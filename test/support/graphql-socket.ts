import { createClient, type Client } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** One graphql-ws client on a socket of its own, as a page would have it; it never comes back by itself. */
export class GraphqlSocket {
  /** Resolves when the server has accepted it, rejects when it is closed before. */
  readonly opened: Promise<void>;
  readonly closed: Promise<Closed>;
  /** Of the operations, in the order in which they came. */
  readonly answers: unknown[] = [];
  private readonly client: Client;
  private socket: WebSocket | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(url: string, headers: ClientOptions['headers']) {
    const keep = (socket: WebSocket): void => void (this.socket = socket);
    class Socket extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers });
        keep(this);
      }
    }
    this.client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: Socket,
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => undefined,
    });
    this.closed = new Promise((resolve) => {
      this.client.on('closed', (event) => resolve(closedBy(event)));
    });
    this.opened = new Promise((resolve, reject) => {
      this.client.on('connected', () => resolve());
      this.client.on('closed', (event) => {
        const { code, reason } = closedBy(event);
        reject(new Error(`closed: ${code} ${reason}`));
      });
    });
    this.opened.catch(() => undefined);
  }

  static async open(url: string, cookies: ReadonlyMap<string, string>): Promise<GraphqlSocket> {
    const socket = new GraphqlSocket(url, { cookie: cookieOf(cookies) });
    await socket.opened;
    return socket;
  }

  /** Starts an operation of any kind. */
  run(query: string): void {
    this.client.subscribe(
      { query },
      {
        next: (answer) => this.note(answer),
        error: (error) => this.note({ errors: error }),
        complete: () => undefined,
      },
    );
  }

  /** Resolves with all answers, once there are that many. */
  answered(count: number): Promise<readonly unknown[]> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.answers.length < count) return;
        this.waiting.delete(look);
        resolve(this.answers);
      };
      this.waiting.add(look);
      look();
    });
  }

  /** Reads nothing any more, so that it never hears of a close either. */
  goDeaf(): void {
    this.socket?.pause();
  }

  hearAgain(): void {
    this.socket?.resume();
  }

  ping(): void {
    this.socket?.send(JSON.stringify({ type: 'ping' }));
  }

  /** Is gone at once, as with its machine. */
  cut(): void {
    this.socket?.terminate();
  }

  async leave(): Promise<void> {
    await this.client.dispose();
  }

  private note(answer: unknown): void {
    this.answers.push(answer);
    for (const look of this.waiting) look();
  }
}

export const cookieOf = (cookies: ReadonlyMap<string, string>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

const closedBy = (event: unknown): Closed => {
  const { code, reason } = event as Closed;
  return { code, reason };
};
