import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { canInstall, install } from './binaries.mjs';
import { findFreePort } from './ports.mjs';
import {
  childrenOf,
  hasExited,
  identityOf,
  launch,
  run,
  signalAll,
  terminate,
} from './processes.mjs';
import { openWatchedFolder } from './watched-folder.mjs';

const PORT_ATTEMPTS = 5;

/** A server that only we use, on a loopback port, in a temporary folder. */
class PrivateServer {
  #recipe;
  #setting;
  #folder;
  #child;
  #port;

  constructor(recipe, setting, folder) {
    this.#recipe = recipe;
    this.#setting = setting;
    this.#folder = folder;
  }

  get port() {
    return this.#port;
  }

  get pid() {
    return this.#child.pid;
  }

  get isRunning() {
    return !hasExited(this.#child);
  }

  get url() {
    return this.#recipe.url({ ...this.#setting, port: this.#port });
  }

  async start(port) {
    const { commandLine, ready } = this.#recipe;
    const [command, ...args] = commandLine({ ...this.#setting, port });
    this.#child = await launch({
      command,
      args,
      ready,
      folder: this.#folder.path,
      log: join(this.#folder.path, 'log'),
      identity: this.#setting.identity,
      onSpawn: (pid) => this.#folder.watch([pid]),
    });
    this.#port = port;
  }

  /** The parent first, so that it cannot start a child that is missed. */
  pause() {
    signalAll([this.pid], 'SIGSTOP');
    const frozen = [this.pid, ...childrenOf(this.pid)];
    this.#folder.watch(frozen);
    signalAll(frozen, 'SIGSTOP');
  }

  resume() {
    signalAll([...childrenOf(this.pid), this.pid], 'SIGCONT');
    this.#folder.watch([this.pid]);
  }

  async kill() {
    if (!this.isRunning) return;
    const children = childrenOf(this.pid);
    const end = terminate(this.#child, 'SIGKILL');
    signalAll(children, 'SIGKILL');
    await end;
    this.#folder.watch([]);
  }

  async restart() {
    await this.kill();
    await this.start(this.#port);
  }

  async stop() {
    if (this.isRunning) {
      this.resume();
      await terminate(this.#child, this.#recipe.stopSignal);
    }
    await this.#folder.remove();
  }
}

/**
 * @param {import('./recipe.mjs').Recipe} recipe
 * @param {import('./index.mjs').PrivateServerOptions} [options]
 */
export async function startPrivateServer(recipe, options = {}) {
  const programs = await findOrInstall(recipe);
  const identity = identityOf(recipe.systemUser);
  const folder = await openWatchedFolder(recipe.name, identity);
  const setting = {
    programs,
    identity,
    folder: folder.path,
    password: randomBytes(16).toString('hex'),
    args: options.args ?? [],
    execute: (command, args) => {
      const running = run(command, args, { cwd: folder.path, ...identity });
      folder.watch([running.child.pid]);
      return running;
    },
  };
  try {
    await recipe.prepare(setting);
    const server = new PrivateServer(recipe, setting, folder);
    await startOnPort(server, options.port);
    return server;
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Between finding a free port and binding it, another process may take it: then try another. */
async function startOnPort(server, wanted) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await server.start(wanted ?? (await findFreePort()));
    } catch (error) {
      const clash = /address already in use/i.test(error.message);
      if (!clash || wanted !== undefined || attempt === PORT_ATTEMPTS) {
        throw error;
      }
    }
  }
}

async function findOrInstall(recipe) {
  const found = recipe.locate();
  if (found) return found;
  const failure = canInstall()
    ? await install(recipe.debianPackage).catch((error) => error.message)
    : undefined;
  const installed = recipe.locate();
  if (installed) return installed;
  throw new ServerMissingError(recipe, failure);
}

export class ServerMissingError extends Error {
  constructor(recipe, failure) {
    super(
      `These tests need ${recipe.title} and found none. Install it ` +
        `(Debian: apt-get install -y ${recipe.debianPackage}), set ${recipe.environmentVariable}, ` +
        `or start a docker daemon.${failure ? `\nInstalling it failed: ${failure}` : ''}`,
    );
  }
}
