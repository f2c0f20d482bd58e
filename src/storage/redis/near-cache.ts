import { LRUCache } from 'lru-cache';
import { deepFreeze } from '../../core/deep-freeze.js';
import { shardOfSession, type SessionId } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type {
  FoundSession,
  StoreHealth,
  StoreMessage,
  StoreWatcher,
} from '../../core/session-store.js';
import type { ResolvedNearCacheOptions } from './near-cache-options.js';
import type { ChannelHold } from './push-hold.js';
import type { Told } from './session-scripts.js';

/** A live session as it was found, and the listening since before it was asked for. */
interface Entry {
  readonly found: FoundSession & { readonly session: SessionRecord };
  readonly hold: ChannelHold;
}

/** Reads of one session that are under way, and whether it has changed since they began. */
interface Read {
  readonly hold: ChannelHold | undefined;
  count: number;
  isOutdated: boolean;
}

/** How the messages of the shards arrive. */
export interface Listening {
  /** The present stretch of listening to the shard; undefined while there is none. */
  holdOf(shard: number): ChannelHold | undefined;
  /** Of every shard. */
  isProvenWithin(leaseMs: number): boolean;
}

/** What a record takes beside its texts, as measured on V8. */
const BYTES_A_RECORD = 1_024;

/**
 * Live sessions as they were found, each until a message or this process itself says that it has
 * changed. An entry counts only while its shard's channel has been listened to without a break since
 * before the session was read, and the connection has proved within the lease that it is not behind.
 */
export class NearCache implements StoreWatcher {
  private readonly entries: LRUCache<SessionId, Entry>;
  private readonly reads = new Map<SessionId, Read>();
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly options: ResolvedNearCacheOptions,
    private readonly listening: Listening,
  ) {
    this.entries = new LRUCache({
      max: options.maxEntries,
      maxSize: options.maxBytes,
      sizeCalculation: ({ found }) => bytesOf(found.session),
    });
  }

  /** For the store's health. */
  get details(): StoreHealth['details'] {
    const { entries, hits, misses } = this;
    return {
      nearCacheEntries: entries.size,
      nearCacheBytes: entries.calculatedSize,
      nearCacheHits: hits,
      nearCacheMisses: misses,
      nearCacheLinkAlive: this.listening.isProvenWithin(this.options.leaseMs),
    };
  }

  get(id: SessionId): FoundSession | undefined {
    const entry = this.entries.get(id);
    if (entry?.hold.isProvenWithin(this.options.leaseMs)) {
      this.hits += 1;
      return entry.found;
    }
    if (entry?.hold.isUnbroken === false) this.entries.delete(id);
    this.misses += 1;
    return undefined;
  }

  /** Keeps what `find` finds, unless the session changes or the listening breaks in the meantime. */
  async keeping(
    id: SessionId,
    find: () => Promise<FoundSession | undefined>,
  ): Promise<FoundSession | undefined> {
    const read = this.begin(id);
    try {
      const found = deepFreeze(await find());
      this.keep(id, found, read);
      return found;
    } finally {
      this.end(id, read);
    }
  }

  /** Called when this process has changed the session, or may have. */
  forget(id: SessionId): void {
    this.entries.delete(id);
    this.outdateReads(id);
  }

  /** What was ended by a change that this process made in the shard. */
  forgetTold(shard: number, told: Told): void {
    if (told === 'shard') this.forgetAll(shard);
    else if (told !== 'itself') for (const { id } of told) this.forget(id);
  }

  forgetAll(shard: number): void {
    const ids = [...this.entries.keys(), ...this.reads.keys()];
    for (const id of ids.filter((one) => shardOfSession(one) === shard)) this.forget(id);
  }

  /** This process has recorded activity, of which it needs no message. */
  noteActivity(id: SessionId, at: number): void {
    this.outdateReads(id);
    const entry = this.entries.peek(id);
    if (!entry) return;
    const { session } = entry.found;
    const lastSeenAt = Math.max(session.lastSeenAt, at);
    const found = deepFreeze({ ...entry.found, session: { ...session, lastSeenAt } });
    this.entries.set(id, { ...entry, found });
  }

  message(message: StoreMessage): void {
    switch (message.type) {
      case 'ended':
        return message.endings.forEach(({ id }) => this.forget(id));
      case 'changed':
        return message.ids.forEach((id) => this.forget(id));
      case 'epoch':
        return this.forgetAll(message.shard);
    }
  }

  /** What was kept does not count from the break on; this gives its memory back. */
  link(): void {
    const broken = [...this.entries.entries()].filter(([, { hold }]) => !hold.isUnbroken);
    for (const [id] of broken) this.entries.delete(id);
  }

  private begin(id: SessionId): Read {
    const present = this.reads.get(id);
    const hold = this.listening.holdOf(shardOfSession(id));
    if (present && present.hold === hold) {
      present.count += 1;
      return present;
    }
    const read: Read = { hold, count: 1, isOutdated: false };
    this.reads.set(id, read);
    return read;
  }

  /** What they find may be from before. */
  private outdateReads(id: SessionId): void {
    const read = this.reads.get(id);
    if (read) read.isOutdated = true;
    this.reads.delete(id);
  }

  private keep(id: SessionId, found: FoundSession | undefined, read: Read): void {
    const { hold, isOutdated } = read;
    if (!hold?.isUnbroken || isOutdated || found?.session.state !== 'active') return;
    this.entries.set(id, { found: found as Entry['found'], hold });
  }

  private end(id: SessionId, read: Read): void {
    read.count -= 1;
    if (read.count === 0 && this.reads.get(id) === read) this.reads.delete(id);
  }
}

/** As two bytes a character, which is the most that V8 takes. */
function bytesOf({ data, user, device }: SessionRecord): number {
  let characters = 0;
  for (const texts of [data, user ?? {}, device] as readonly Record<string, string>[])
    for (const [name, text] of Object.entries(texts)) characters += name.length + text.length;
  return BYTES_A_RECORD + 2 * characters;
}
