import { existsSync } from 'node:fs';
import { findProgram } from './binaries.mjs';
import { run } from './processes.mjs';

const compose = async (...args) => (await run('docker', ['compose', ...args])).stdout.trim();

export async function canCompose() {
  if (!existsSync('docker-compose.yml') || !findProgram(['docker'])) {
    return false;
  }
  return run('docker', ['info']).then(
    () => true,
    () => false,
  );
}

/**
 * Brings up one service of docker-compose.yml and waits for its health check. A service that
 * was already up is left up.
 *
 * @param {import('./recipe.mjs').Recipe} recipe
 */
export async function startComposeService(recipe) {
  const { name } = recipe;
  const running = await compose('ps', '--services', '--status', 'running');
  await compose('up', '--detach', '--wait', name);
  const address = await compose('port', name, String(recipe.compose.port));
  const stop = async () => void (await compose('stop', name));
  return {
    url: recipe.compose.url(address.replace('0.0.0.0', '127.0.0.1'), await environmentOf(name)),
    stop: running.split('\n').includes(name) ? async () => undefined : stop,
  };
}

async function environmentOf(name) {
  const { services } = JSON.parse(await compose('config', '--format', 'json'));
  return services[name].environment ?? {};
}
