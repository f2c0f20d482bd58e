import { randomBytes } from 'node:crypto';
import { canCompose, startComposeService } from './compose.mjs';
import { mariadb } from './mariadb.mjs';
import { postgres } from './postgres.mjs';
import { ServerMissingError, startPrivateServer } from './private-server.mjs';
import { startPrivateRedisCluster } from './redis-cluster.mjs';
import { allowUser, removeUser } from './redis-permissions.mjs';
import { startPrivateSentinel } from './redis-sentinel.mjs';
import { redis } from './redis.mjs';

/** So long that a busy machine is not taken for a failed server. */
const GROUP = { failureAfterMs: 30_000 };

const START = {
  redis: async () => {
    const server = await provide(redis);
    return withUser(server, [server.url]);
  },
  cluster: () => startPrivateRedisCluster(GROUP).then(withUserOnNodes),
  sentinel: () => startPrivateSentinel(GROUP).then(withUserOnNodes),
  postgres: () => provide(postgres),
  mariadb: () => provide(mariadb),
};

/** The user that stores connect as, on every shared Redis: may do what is documented, no more. */
export const redisUser = { name: `gh${randomBytes(8).toString('hex')}`, password: 'password' };

/** The keys and channels of every `freshPrefix()`. */
const USER_KEYS = `gh${'?'.repeat(16)}:*`;

/** @type {Map<string, Promise<{ url: string, stop(): Promise<void> }>>} */
const servers = new Map();

/** The one server or group of its kind that all specs share; started when first asked for. */
export function sharedServer(name) {
  const server = servers.get(name) ?? START[name]();
  servers.set(name, server);
  return server;
}

export async function stopSharedServers() {
  const stopping = [...servers.values()].map(stopIfStarted);
  servers.clear();
  await Promise.all(stopping);
}

const stopIfStarted = (server) =>
  server.then(
    ({ stop }) => stop(),
    () => undefined,
  );

/** Given by URL; else installed, or installed now; else from docker-compose.yml. */
async function provide(recipe) {
  const url = process.env[recipe.environmentVariable];
  if (url) return { url, stop: async () => undefined };
  try {
    const server = await startPrivateServer(recipe);
    return { url: server.url, stop: () => server.stop() };
  } catch (error) {
    if (!(error instanceof ServerMissingError)) throw error;
    if (await canCompose()) return startComposeService(recipe);
    throw error;
  }
}

const withUserOnNodes = (group) =>
  withUser(
    group,
    group.nodes.map(({ url }) => url),
  );

async function withUser({ url, stop }, nodes) {
  await allowUser(redisUser, USER_KEYS, nodes);
  return {
    url,
    stop: async () => {
      await removeUser(redisUser, nodes);
      await stop();
    },
  };
}
