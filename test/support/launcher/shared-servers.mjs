import { canCompose, startComposeService } from './compose.mjs';
import { mariadb } from './mariadb.mjs';
import { postgres } from './postgres.mjs';
import { ServerMissingError, startPrivateServer } from './private-server.mjs';
import { redis } from './redis.mjs';

const RECIPES = { redis, postgres, mariadb };

/** @type {Map<string, Promise<{ url: string, stop(): Promise<void> }>>} */
const servers = new Map();

/** The one server of its kind that all specs share; started when first asked for. */
export function sharedServer(name) {
  const server = servers.get(name) ?? provide(RECIPES[name]);
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
