import { within } from '../../src/core/within.js';
import { KeepAliveConnection, type Answer } from './keep-alive-connection.js';
import { Latencies } from './latencies.js';
import type { Place } from './sign-in.js';
import type { Visitor } from './visitors.js';

/** A server that has not answered by then never will. */
const ANSWER_LIMIT_MS = 60_000;

interface Prepared {
  readonly bytes: Buffer;
  readonly body: string;
}

/** Requests of the visitors in rotation. The first wrong answer fails everything. */
export abstract class Load {
  /** Requests answered so far. */
  answered = 0;
  protected readonly connections: KeepAliveConnection[] = [];
  protected stopping = false;
  private readonly prepared: readonly Prepared[];
  private readonly failed: Promise<never>;
  private reject!: (error: Error) => void;
  private latencies = new Latencies();
  private sent = 0;
  private goal = { answered: Infinity, resolve: (): void => undefined };
  private drained: () => void = () => undefined;

  constructor(
    private readonly place: Place,
    visitors: readonly Visitor[],
  ) {
    this.prepared = visitors.map((visitor) => prepare(place, visitor));
    this.failed = new Promise((_, reject) => (this.reject = reject));
    this.failed.catch(() => undefined);
  }

  /** How long the requests took that were answered in the time given. Rejects at a wrong answer. */
  async run(milliseconds: number): Promise<Latencies> {
    this.latencies = new Latencies();
    let timer: NodeJS.Timeout;
    const over = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
    await Promise.race([over, this.failed]).finally(() => clearTimeout(timer));
    return this.latencies;
  }

  /** Resolves when so many more requests have been answered. Rejects at a wrong answer. */
  async runRequests(count: number): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.goal = { answered: this.answered + count, resolve };
    });
    await within(ANSWER_LIMIT_MS, Promise.race([reached, this.failed]));
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    const drained = new Promise<void>((resolve) => (this.drained = resolve));
    if (this.sent > this.answered)
      await within(ANSWER_LIMIT_MS, Promise.race([drained, this.failed]));
    for (const connection of this.connections) connection.close();
  }

  protected async connect(): Promise<KeepAliveConnection> {
    const connection = await KeepAliveConnection.open(this.place.port, this.reject);
    this.connections.push(connection);
    return connection;
  }

  /** Sends the next request; its time counts from `since`. */
  protected send(connection: KeepAliveConnection, since: number, done: () => void): void {
    const request = this.prepared[this.sent % this.prepared.length]!;
    this.sent += 1;
    connection.send(request.bytes, (answer) => {
      this.latencies.add(performance.now() - since);
      this.answered += 1;
      if (answer.status !== 200 || answer.body !== request.body) this.reject(wrong(answer));
      else if (!this.stopping) done();
      if (this.answered === this.goal.answered) this.goal.resolve();
      if (this.stopping && this.answered === this.sent) this.drained();
    });
  }
}

/** As many requests as connections are under way at any time, so that the server never rests. */
export class SaturatingLoad extends Load {
  static async start(place: Place, visitors: readonly Visitor[], count: number): Promise<Load> {
    const load = new SaturatingLoad(place, visitors);
    const connections = await Promise.all(Array.from({ length: count }, () => load.connect()));
    for (const connection of connections) load.sendOn(connection);
    return load;
  }

  private sendOn(connection: KeepAliveConnection): void {
    this.send(connection, performance.now(), () => this.sendOn(connection));
  }
}

const TICK_MS = 1;

/**
 * A fixed number of requests a second. Each is due at its time, whether a connection is free or not,
 * and its time counts from then: a server that stalls cannot hide it by slowing the sender.
 */
export class SteadyLoad extends Load {
  private readonly free: KeepAliveConnection[] = [];
  private readonly waiting: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  static async start(
    place: Place,
    visitors: readonly Visitor[],
    { connections, perSecond }: { readonly connections: number; readonly perSecond: number },
  ): Promise<Load> {
    const load = new SteadyLoad(place, visitors);
    load.free.push(
      ...(await Promise.all(Array.from({ length: connections }, () => load.connect()))),
    );
    load.begin(perSecond);
    return load;
  }

  override async stop(): Promise<void> {
    clearInterval(this.timer);
    this.waiting.length = 0;
    await super.stop();
  }

  private begin(perSecond: number): void {
    const began = performance.now();
    let due = 0;
    this.timer = setInterval(() => {
      const now = performance.now();
      for (; due < ((now - began) / 1_000) * perSecond; due += 1) {
        this.waiting.push(now);
        this.sendWaiting();
      }
    }, TICK_MS);
  }

  private sendWaiting(): void {
    const since = this.waiting[0];
    const connection = since === undefined ? undefined : this.free.pop();
    if (!connection) return;
    this.waiting.shift();
    this.send(connection, since!, () => {
      this.free.push(connection);
      this.sendWaiting();
    });
  }
}

const prepare = ({ port, path }: Place, { header, body }: Visitor): Prepared => ({
  bytes: Buffer.from(
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: application/json\r\n${header}\r\n`,
  ),
  body,
});

const wrong = ({ status, body }: Answer): Error =>
  new Error(`A visitor was answered ${status}: ${body}`);
