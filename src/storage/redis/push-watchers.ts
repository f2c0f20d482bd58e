import type { StoreSettings } from '../../core/session-store.js';
import { StoreWatchers } from '../../core/live/store-watchers.js';
import type { Listening } from './near-cache.js';
import type { ChannelHold } from './push-hold.js';
import { PushLink, type PushLinkParts, type PushedShard } from './push-link.js';
import type { RedisConnection } from './redis-connection.js';
import { pushChannel, shardKeys } from './redis-keys.js';
import type { RedisServer } from './redis-server.js';

interface PushParts {
  readonly connection: RedisConnection;
  readonly server: Pick<RedisServer, 'shards'>;
  readonly prefix: string;
  readonly leaseMs: number | undefined;
  readonly settings: Pick<StoreSettings, 'storeTimeoutMs' | 'warn'>;
}

/** Those who watch what is sent on the shards' channels; it is listened to while there are any. */
export class PushWatchers extends StoreWatchers implements Listening {
  private pushLink: PushLink | undefined;

  constructor(parts: PushParts) {
    super('disconnected', () => {
      this.pushLink = new PushLink(linkParts(parts, this));
      return this.pushLink;
    });
  }

  holdOf(shard: number): ChannelHold | undefined {
    return this.pushLink?.holdOf(shard);
  }

  isProvenWithin(leaseMs: number): boolean {
    return this.pushLink?.isProvenWithin(leaseMs) ?? false;
  }
}

function linkParts(
  { connection, server, prefix, leaseMs, settings }: PushParts,
  watchers: StoreWatchers,
): PushLinkParts {
  let warned = false;
  return {
    shards: () =>
      Array.from({ length: server.shards }, (_, shard): PushedShard => {
        const { epoch: key } = shardKeys(prefix, shard);
        return { channel: pushChannel(prefix, shard), key };
      }),
    reach: () =>
      connection
        .call('watch', settings.storeTimeoutMs, async (client) => client)
        .catch(() => undefined),
    leaseMs,
    events: {
      message: (message) => watchers.tell(message),
      linked: (complete) => watchers.turn(complete ? 'connected' : 'disconnected'),
      refused: ({ message }) => {
        if (!warned)
          settings.warn(
            `Redis lets nobody listen to endings, so that they are noticed later: ${message}`,
          );
        warned = true;
      },
    },
  };
}
