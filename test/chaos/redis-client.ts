import { Cluster, Redis } from 'ioredis';
import type { RedisPlace } from './application-setting.js';

/** A client that connects when first used; of the one handed to a store, nothing but its options is. */
export function redisClientOf(place: RedisPlace): Redis | Cluster {
  const client = clientOf(place);
  client.on('error', () => undefined);
  return client;
}

function clientOf(place: RedisPlace): Redis | Cluster {
  if (place.kind === 'single') return new Redis(place.port, { lazyConnect: true });
  const nodes = place.ports.map((port) => ({ host: '127.0.0.1', port }));
  return place.kind === 'cluster'
    ? new Cluster(nodes, { lazyConnect: true })
    : new Redis({ sentinels: nodes, name: place.name, lazyConnect: true });
}
