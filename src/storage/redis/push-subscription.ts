import type { Redis } from 'ioredis';
import { ChannelHold, LinkProof } from './push-hold.js';

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
  private readonly held = new Map<string, ChannelHold>();
  /** Of the present connection. */
  private proof = new LinkProof();

  /** @param client a connection of its own, not opened yet, that neither queues nor subscribes by itself */
  constructor(
    private readonly client: Redis,
    private readonly mode: 'plain' | 'sharded',
    private readonly events: SubscriptionEvents,
  ) {
    client.on('ready', () => this.subscribeAgain());
    // A channel has gone to another server, and its subscription with it. Nobody says which, and to
    // ask at once would only be told so again, until it is known where it has gone.
    client.on('moved', () => this.lose());
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
    for (const channel of this.held.keys()) if (!this.wanted.has(channel)) this.letGo(channel);
    void this.subscribe();
  }

  /** The present stretch of listening on the channel. */
  holdOf(channel: string): ChannelHold | undefined {
    return this.held.get(channel);
  }

  /**
   * Asks for an answer, without which the connection is taken for dead after its `socketTimeout`.
   * With what `confirm` asks at the same time it shows that nothing sent before is missing. While
   * there is no connection nothing is asked.
   */
  async beat(confirm: () => Promise<unknown>): Promise<void> {
    const { client, proof } = this;
    if (client.status !== 'ready') return;
    const askedAt = performance.now();
    const answers = await Promise.allSettled([client.ping(), confirm()]);
    if (answers.every(({ status }) => status === 'fulfilled')) proof.renew(askedAt);
  }

  /** Whether it listens to another server than this connection of the same options has come to. */
  isElsewhere({ status, stream }: Pick<Redis, 'status' | 'stream'>): boolean {
    if (status !== 'ready' || this.client.status !== 'ready') return false;
    const own = this.client.stream;
    return own.remoteAddress !== stream.remoteAddress || own.remotePort !== stream.remotePort;
  }

  /** Begins anew with another connection. */
  reconnect(): void {
    this.client.disconnect(true);
  }

  close(): void {
    this.wanted = new Set();
    this.letGoAll();
    this.client.disconnect();
  }

  private subscribeAgain(): void {
    this.lose();
    void this.subscribe();
  }

  private lose(): void {
    this.letGoAll();
    this.proof = new LinkProof();
    this.events.changed();
  }

  private letGo(channel: string): void {
    this.held.get(channel)?.break();
    this.held.delete(channel);
  }

  private letGoAll(): void {
    for (const channel of this.held.keys()) this.letGo(channel);
  }

  private async subscribe(): Promise<void> {
    const missing = [...this.wanted].filter((channel) => !this.held.has(channel));
    if (this.client.status !== 'ready' || missing.length === 0) return;
    const { proof } = this;
    const listen = this.mode === 'plain' ? this.subscribePlain : this.subscribeSharded;
    const answers = await Promise.allSettled(missing.map(listen));
    if (this.proof !== proof) return;
    for (const [index, channel] of missing.entries()) {
      const answer = answers[index]!;
      if (answer.status === 'rejected') this.note(answer.reason);
      else if (this.wanted.has(channel) && !this.held.has(channel))
        this.held.set(channel, new ChannelHold(proof));
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
