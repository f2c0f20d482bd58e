import type { Redis } from 'ioredis';

export interface SubscriptionEvents {
  message(channel: string, packed: Buffer): void;
  /** Channels have been subscribed to, or lost. */
  changed(): void;
  /** The server does not let it listen. */
  refused(cause: Error): void;
}

/**
 * One connection to one server that listens on channels. Whatever interrupts it, it comes back
 * and subscribes anew; what was sent meanwhile is lost.
 */
export class PushSubscription {
  private wanted: ReadonlySet<string> = new Set();
  private readonly held = new Set<string>();

  /** @param client a connection of its own, not opened yet, that neither queues nor subscribes by itself */
  constructor(
    private readonly client: Redis,
    private readonly mode: 'plain' | 'sharded',
    private readonly events: SubscriptionEvents,
  ) {
    client.on('ready', () => this.subscribeAgain());
    // A channel has gone to another server, and its subscription with it.
    client.on('moved', () => this.subscribeAgain());
    client.on('close', () => this.lose());
    client.on('error', () => undefined);
    const receive = (channel: Buffer, packed: Buffer): void =>
      events.message(channel.toString(), packed);
    client.on('messageBuffer', receive);
    client.on('smessageBuffer', receive);
    client.connect().catch(() => undefined);
  }

  /** How many of the wanted channels it listens on. */
  get size(): number {
    return this.held.size;
  }

  /** Listens on these channels and no others, from now on or from when the server is reached. */
  want(channels: readonly string[]): void {
    this.wanted = new Set(channels);
    for (const channel of this.held) if (!this.wanted.has(channel)) this.held.delete(channel);
    void this.subscribe();
  }

  /** Asks for an answer, without which the connection is taken for dead after its `socketTimeout`. */
  beat(): void {
    if (this.client.status === 'ready') this.client.ping().catch(() => undefined);
  }

  close(): void {
    this.wanted = new Set();
    this.held.clear();
    this.client.disconnect();
  }

  private subscribeAgain(): void {
    this.lose();
    void this.subscribe();
  }

  private lose(): void {
    this.held.clear();
    this.events.changed();
  }

  private async subscribe(): Promise<void> {
    const missing = [...this.wanted].filter((channel) => !this.held.has(channel));
    if (this.client.status !== 'ready' || missing.length === 0) return;
    const { stream } = this.client;
    const listen = this.mode === 'plain' ? this.subscribePlain : this.subscribeSharded;
    const answers = await Promise.allSettled(missing.map(listen));
    if (this.client.stream !== stream) return;
    for (const [index, channel] of missing.entries()) {
      const answer = answers[index]!;
      if (answer.status === 'rejected') this.note(answer.reason);
      else if (this.wanted.has(channel)) this.held.add(channel);
    }
    this.events.changed();
  }

  /** That a channel has moved is no refusal: it will be wanted of another server. */
  private note(reason: unknown): void {
    if (reason instanceof Error && reason.message.startsWith('NOPERM')) this.events.refused(reason);
  }

  private readonly subscribePlain = async (channel: string): Promise<void> => {
    await this.client.subscribe(channel);
  };

  /** Servers before 7.0 have no sharded channels; scripts send on plain ones there. */
  private readonly subscribeSharded = async (channel: string): Promise<void> => {
    try {
      await this.client.ssubscribe(channel);
    } catch (error) {
      if (!(error instanceof Error) || !/unknown command/i.test(error.message)) throw error;
      await this.client.subscribe(channel);
    }
  };
}
