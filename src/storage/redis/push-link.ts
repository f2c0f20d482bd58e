import { Command, type Cluster, type Redis } from 'ioredis';
import type { StoreMessage } from '../../core/session-store.js';
import { isCluster, type RedisClient } from './redis-connection.js';
import { messagesIn } from './push-message.js';
import { PushSubscription } from './push-subscription.js';

export interface PushLinkEvents {
  message(message: StoreMessage): void;
  /** Whether messages of all shards arrive. */
  linked(complete: boolean): void;
  refused(cause: Error): void;
}

/** One server, and the channels that are its own. */
interface Place {
  readonly server: Redis;
  readonly channels: string[];
}

/** How soon a connection that has gone silent is taken for dead: after one and two of these. */
const BEAT_MS = 1_000;
/** How many beats there are between two looks at where the channels are. */
const BEATS_A_LOOK = 5;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Listens to every shard's channel: on one server with one connection, on a Cluster with one to
 * each master, of which each listens to the channels of its own slots.
 */
export class PushLink {
  /** Of each channel; empty until the server has been reached, and how many there are is known. */
  private shards: ReadonlyMap<string, number> = new Map();
  private readonly subscriptions = new Map<string, PushSubscription>();
  private readonly timer: NodeJS.Timeout;
  private beats = 0;
  private closed = false;

  /** @param reach what the commands go to; undefined while it cannot be reached */
  constructor(
    private readonly channels: () => readonly string[],
    private readonly reach: () => Promise<RedisClient | undefined>,
    private readonly events: PushLinkEvents,
  ) {
    this.timer = setInterval(() => this.beat(), BEAT_MS).unref();
    void this.look();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    for (const [name, subscription] of this.subscriptions) this.drop(name, subscription);
  }

  /** Looks where each channel is, and listens there. */
  private async look(): Promise<void> {
    const client = await this.reach();
    if (client === undefined || this.closed) return;
    this.shards = new Map(this.channels().map((channel, shard) => [channel, shard]));
    const places = isCluster(client) ? this.placesIn(client) : this.placeOf(client);
    for (const [name, subscription] of this.subscriptions)
      if (!places.has(name)) this.drop(name, subscription);
    const mode = isCluster(client) ? 'sharded' : 'plain';
    for (const [name, { server, channels }] of places)
      this.subscriptionOf(name, server, mode).want(channels);
  }

  private beat(): void {
    for (const subscription of this.subscriptions.values()) subscription.beat();
    this.beats += 1;
    if (this.subscriptions.size === 0 || this.beats % BEATS_A_LOOK === 0) void this.look();
  }

  private placeOf(server: Redis): ReadonlyMap<string, Place> {
    return new Map([['', { server, channels: [...this.shards.keys()] }]]);
  }

  private placesIn(cluster: Cluster): ReadonlyMap<string, Place> {
    const masters = cluster.nodes('master').map((server) => [nameOf(server), server] as const);
    const places = new Map(
      masters.map(([name, server]) => [name, { server, channels: [] as string[] }]),
    );
    for (const channel of this.shards.keys()) {
      const [name] = cluster.slots[slotOf(channel)] ?? [];
      if (name !== undefined) places.get(name)?.channels.push(channel);
    }
    return places;
  }

  private subscriptionOf(name: string, server: Redis, mode: 'plain' | 'sharded'): PushSubscription {
    const present = this.subscriptions.get(name);
    if (present) return present;
    const opened = new PushSubscription(deriveSubscriber(server), mode, {
      message: (channel, packed) => this.receive(channel, packed),
      changed: () => this.tellWhetherComplete(),
      refused: (cause) => this.events.refused(cause),
    });
    this.subscriptions.set(name, opened);
    return opened;
  }

  private drop(name: string, subscription: PushSubscription): void {
    this.subscriptions.delete(name);
    subscription.close();
  }

  private receive(channel: string, packed: Buffer): void {
    const shard = this.shards.get(channel);
    if (shard === undefined) return;
    for (const message of messagesIn(shard, packed)) this.events.message(message);
  }

  private tellWhetherComplete(): void {
    if (this.closed) return;
    let held = 0;
    for (const { size } of this.subscriptions.values()) held += size;
    this.events.linked(held > 0 && held === this.shards.size);
  }
}

/** A connection to the same server, or through the same Sentinels, that only listens. */
const deriveSubscriber = (server: Redis): Redis =>
  server.duplicate({
    lazyConnect: true,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    readOnly: false,
    socketTimeout: BEAT_MS,
    retryStrategy: retryPause,
  });

/** With jitter, so that many nodes do not come back as one. */
const retryPause = (attempt: number): number =>
  Math.min(50 * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);

/** As a Cluster's map of its slots names it. */
const nameOf = ({ options }: Redis): string => `${options.host}:${options.port}`;

const slotOf = (channel: string): number => new Command('get', [channel]).getSlot() ?? 0;
