import type { StoreSettings } from '../../core/session-store.js';
import { StoreWatchers } from '../../core/live/store-watchers.js';
import { PushLink } from './push-link.js';
import type { RedisConnection } from './redis-connection.js';
import { pushChannel } from './redis-keys.js';
import type { RedisServer } from './redis-server.js';

interface PushParts {
  readonly connection: RedisConnection;
  readonly server: Pick<RedisServer, 'shards'>;
  readonly prefix: string;
  readonly settings: Pick<StoreSettings, 'storeTimeoutMs' | 'warn'>;
}

/** Those who watch what is sent on the shards' channels; it is listened to while there are any. */
export function pushWatchers({ connection, server, prefix, settings }: PushParts): StoreWatchers {
  const channels = (): readonly string[] =>
    Array.from({ length: server.shards }, (_, shard) => pushChannel(prefix, shard));
  const reach: ConstructorParameters<typeof PushLink>[1] = () =>
    connection
      .call('watch', settings.storeTimeoutMs, async (client) => client)
      .catch(() => undefined);
  let warned = false;
  const watchers: StoreWatchers = new StoreWatchers(
    'disconnected',
    () =>
      new PushLink(channels, reach, {
        message: (message) => watchers.tell(message),
        linked: (complete) => watchers.turn(complete ? 'connected' : 'disconnected'),
        refused: ({ message }) => {
          if (!warned)
            settings.warn(
              `Redis lets nobody listen to endings, so that they are noticed later: ${message}`,
            );
          warned = true;
        },
      }),
  );
  return watchers;
}
