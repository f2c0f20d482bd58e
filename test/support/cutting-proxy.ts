import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Frame, WireProtocol } from './wire-protocol.js';

/**
 * Where a connection is stopped: before a request reaches the server, with half of its bytes
 * there, or when it has been carried out and the answer is on its way.
 */
export type CutPoint = 'before-request' | 'within-request' | 'before-answer';

/** A connection that stands still at the chosen point; nothing passes in either direction. */
export interface Stopped {
  /** Breaks it on both sides. */
  cut(): void;
  /** Lets go what was held back. */
  release(): void;
}

export interface CuttingProxy {
  readonly port: number;
  /** Stops the next connection with such a request, once. */
  stopAt(point: CutPoint, matches: (name: string) => boolean): Promise<Stopped>;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

interface Trap {
  readonly point: CutPoint;
  readonly matches: (name: string) => boolean;
  readonly spring: (stopped: Stopped) => void;
}

/** Passes bytes between clients and one loopback port, message by message. */
export async function startCuttingProxy(
  targetPort: number,
  protocol: WireProtocol,
): Promise<CuttingProxy> {
  const traps = new Set<Trap>();
  const links = new Set<Link>();
  const server = createServer((client) => {
    const link = new Link(client, connect(targetPort, '127.0.0.1'), protocol, traps);
    links.add(link);
    client.on('close', () => links.delete(link));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stopAt: (point, matches) => new Promise((spring) => traps.add({ point, matches, spring })),
    close: async () => {
      for (const link of links) link.cut();
      await closed(server);
    },
  };
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => server.close(() => resolve()));

/** One client's connection and its counterpart to the server. */
class Link implements Stopped {
  private requests: Buffer = Buffer.alloc(0);
  private answers: Buffer = Buffer.alloc(0);
  private order: 'first' | 'later' = 'first';
  /** Requests on the server's side that it has yet to answer; a trap where the answer is held. */
  private readonly unanswered: (Trap | undefined)[] = [];
  /** Of a request in several messages, what the last of them is to be held for. */
  private caught: Trap | undefined;
  private stopped = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly protocol: WireProtocol,
    private readonly traps: Set<Trap>,
  ) {
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on('data', (chunk) => {
      this.requests = Buffer.concat([this.requests, chunk]);
      this.passRequests();
    });
    server.on('data', (chunk) => {
      this.answers = Buffer.concat([this.answers, chunk]);
      this.passAnswers();
    });
    for (const socket of [client, server]) {
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
  }

  cut(): void {
    this.client.destroy();
    this.server.destroy();
  }

  release(): void {
    this.stopped = false;
    this.passAnswers();
    this.passRequests();
  }

  private passRequests(): void {
    while (!this.stopped && this.requests.length > 0) {
      const frame = this.protocol.request(this.requests, this.order);
      if (frame === undefined) return;
      const trap = this.trapFor(frame.name);
      if (trap && trap.point !== 'before-answer') return this.stopRequest(trap, frame.end);
      this.caught = trap ?? this.caught;
      this.forwardRequest(frame);
    }
  }

  private forwardRequest({ end, settles }: Frame): void {
    this.order = 'later';
    if (settles) {
      this.unanswered.push(this.caught);
      this.caught = undefined;
    }
    this.server.write(this.requests.subarray(0, end));
    this.requests = this.requests.subarray(end);
  }

  private stopRequest(trap: Trap, end: number): void {
    this.stopped = true;
    if (trap.point === 'within-request') {
      const half = Math.floor(end / 2);
      this.server.write(this.requests.subarray(0, half));
    }
    trap.spring(this);
  }

  private passAnswers(): void {
    while (!this.stopped && this.answers.length > 0) {
      const frame = this.protocol.answer(this.answers);
      if (frame === undefined) return;
      const [trap] = this.unanswered;
      if (trap) return this.stopAnswer(trap);
      if (frame.settles) this.unanswered.shift();
      this.client.write(this.answers.subarray(0, frame.end));
      this.answers = this.answers.subarray(frame.end);
    }
  }

  private stopAnswer(trap: Trap): void {
    this.unanswered[0] = undefined;
    this.stopped = true;
    trap.spring(this);
  }

  /** A trap springs once, whoever comes first. */
  private trapFor(name: string): Trap | undefined {
    for (const trap of this.traps)
      if (trap.matches(name)) {
        this.traps.delete(trap);
        return trap;
      }
    return undefined;
  }
}
