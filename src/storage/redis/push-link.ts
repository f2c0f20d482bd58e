import { Command, type Cluster, type Redis } from 'ioredis';
import type { StoreMessage } from '../../core/session-store.js';
import { isCluster, type RedisClient } from './redis-connection.js';
import type { ChannelHold } from './push-hold.js';
import { messagesIn } from './push-message.js';
import { PushSubscription } from './push-subscription.js';

export interface PushLinkEvents {
  message(message: StoreMessage): void;
  /** Whether messages of all shards arrive. */
  linked(complete: boolean): void;
  refused(cause: Error): void;
}

export interface PushLinkParts {
  /** Of each shard, in their order; what is not known before the server has been reached. */
  readonly shards: () => readonly PushedShard[];
  /** What the commands go to; undefined while it cannot be reached. */
  readonly reach: () => Promise<RedisClient | undefined>;
  /** Has the link prove well within such a time, again and again, that no message is late. */
  readonly leaseMs?: number | undefined;
  readonly events: PushLinkEvents;
}

/** Where a shard's messages are sent, and a key of it. */
export interface PushedShard {
  readonly channel: string;
  readonly key: string;
}

/** One server, and the shards that are its own. */
interface Place {
  readonly server: Redis;
  readonly shards: PushedShard[];
}

/** How soon a connection that has gone silent is taken for dead: after one and two of these. */
const BEAT_MS = 1_000;
/** So that a beat may be late or slow without the lease running out. */
const BEATS_A_LEASE = 3;
/** How often it looks where the channels are, while all are listened to; else with every beat. */
const LOOK_MS = 5_000;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Listens to every shard's channel: on one server with one connection, on a Cluster with one to
 * each master, of which each listens to the channels of its own slots.
 */
export class PushLink {
  /** Empty until the server has been reached, and how many there are is known. */
  private shards: readonly PushedShard[] = [];
  private shardOf: ReadonlyMap<string, number> = new Map();
  private places: ReadonlyMap<string, Place> = new Map();
  private readonly subscriptions = new Map<string, PushSubscription>();
  private mode: 'plain' | 'sharded' = 'plain';
  private readonly timer: NodeJS.Timeout;
  private lookedAt = -Infinity;
  private closed = false;

  constructor(private readonly parts: PushLinkParts) {
    const { leaseMs = Infinity } = parts;
    const beatMs = Math.min(BEAT_MS, leaseMs / BEATS_A_LEASE);
    this.timer = setInterval(() => this.beat(), beatMs).unref();
    void this.look();
  }

  /** The present stretch of listening to the shard; undefined while there is none. */
  holdOf(shard: number): ChannelHold | undefined {
    const channel = this.shards[shard]?.channel;
    if (channel === undefined) return undefined;
    for (const subscription of this.subscriptions.values()) {
      const hold = subscription.holdOf(channel);
      if (hold) return hold;
    }
    return undefined;
  }

  /** Whether no message of any shard can be later than that. */
  isProvenWithin(leaseMs: number): boolean {
    const isProven = (_: PushedShard, shard: number): boolean =>
      this.holdOf(shard)?.isProvenWithin(leaseMs) ?? false;
    return this.shards.length > 0 && this.shards.every(isProven);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    for (const [name, subscription] of this.subscriptions) this.drop(name, subscription);
  }

  /** Looks where each channel is, and listens there. */
  private async look(): Promise<void> {
    this.lookedAt = performance.now();
    const client = await this.parts.reach();
    if (client === undefined || this.closed) return;
    // Nobody tells a process that only listens where a slot has gone; the next look knows.
    if (isCluster(client) && !this.isComplete) client.refreshSlotsCache();
    this.shards = this.parts.shards();
    this.shardOf = new Map(this.shards.map(({ channel }, shard) => [channel, shard]));
    this.places = isCluster(client) ? this.placesIn(client) : this.placeOf(client);
    for (const [name, subscription] of this.subscriptions)
      if (!this.places.has(name)) this.drop(name, subscription);
    this.mode = isCluster(client) ? 'sharded' : 'plain';
    for (const [name, { server, shards }] of this.places)
      this.subscriptionOf(name, server).want(shards.map(({ channel }) => channel));
  }

  private beat(): void {
    for (const name of this.subscriptions.keys()) void this.ask(name);
    const pause = this.isComplete ? LOOK_MS : BEAT_MS;
    if (performance.now() - this.lookedAt >= pause) void this.look();
  }

  private async ask(name: string): Promise<void> {
    const [subscription, place] = [this.subscriptions.get(name), this.places.get(name)];
    if (!subscription || !place) return;
    if (isBehindSentinel(place.server) && subscription.isElsewhere(place.server))
      subscription.reconnect();
    else await subscription.beat(() => this.confirm(place));
  }

  /**
   * That a server answers does not mean that the scripts of a shard run there: its slot may be
   * moving to another, or the server may have been replaced, or cut off from its Cluster. A read of
   * the shard's keys is refused then.
   */
  private async confirm({ server, shards }: Place): Promise<void> {
    if (this.parts.leaseMs === undefined || this.mode === 'plain') return;
    await Promise.all(shards.map(({ key }) => server.get(key)));
  }

  private placeOf(server: Redis): ReadonlyMap<string, Place> {
    return new Map([['', { server, shards: [...this.shards] }]]);
  }

  private placesIn(cluster: Cluster): ReadonlyMap<string, Place> {
    const masters = cluster.nodes('master').map((server) => [nameOf(server), server] as const);
    const places = new Map(
      masters.map(([name, server]) => [name, { server, shards: [] as PushedShard[] }]),
    );
    for (const shard of this.shards) {
      const [name] = cluster.slots[slotOf(shard.channel)] ?? [];
      if (name !== undefined) places.get(name)?.shards.push(shard);
    }
    return places;
  }

  private subscriptionOf(name: string, server: Redis): PushSubscription {
    const present = this.subscriptions.get(name);
    if (present) return present;
    const opened = new PushSubscription(deriveSubscriber(server), this.mode, {
      message: (channel, packed) => this.receive(channel, packed),
      changed: () => {
        this.tellWhetherComplete();
        void this.ask(name);
      },
      refused: (cause) => this.parts.events.refused(cause),
    });
    this.subscriptions.set(name, opened);
    return opened;
  }

  private drop(name: string, subscription: PushSubscription): void {
    this.subscriptions.delete(name);
    subscription.close();
  }

  private receive(channel: string, packed: Buffer): void {
    const shard = this.shardOf.get(channel);
    if (shard === undefined) return;
    for (const message of messagesIn(shard, packed)) this.parts.events.message(message);
  }

  private tellWhetherComplete(): void {
    if (!this.closed) this.parts.events.linked(this.isComplete);
  }

  private get isComplete(): boolean {
    let held = 0;
    for (const { size } of this.subscriptions.values()) held += size;
    return held > 0 && held === this.shards.length;
  }
}

const isBehindSentinel = ({ options }: Redis): boolean => !!options.sentinels;

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
