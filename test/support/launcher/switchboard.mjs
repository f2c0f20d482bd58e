import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sharedServer } from './shared-servers.mjs';
import { openWatchedFolder } from './watched-folder.mjs';

/** @type {{ folder: { remove(): Promise<void> }, server: import('node:http').Server } | undefined} */
let switchboard;

/**
 * Lets a Jest worker ask Jest's main process for a server's URL, over a Unix socket that only
 * this user can open. The server is started by the first to ask.
 *
 * @returns {Promise<string>} the socket's path
 */
export async function openSwitchboard() {
  const folder = await openWatchedFolder('switchboard');
  const server = createServer((question, answer) => void reply(question, answer));
  switchboard = { folder, server };
  const socketPath = join(folder.path, 's');
  await once(server.listen(socketPath), 'listening');
  server.unref();
  return socketPath;
}

async function reply(question, answer) {
  try {
    answer.end((await sharedServer(question.url.slice(1))).url);
  } catch (error) {
    answer.writeHead(500).end(error.message);
  }
}

export async function closeSwitchboard() {
  switchboard?.server.close();
  await switchboard?.folder.remove();
}

/** The URL of a shared server, from the switchboard at the socket. */
export async function askForServer(socketPath, name) {
  const question = request({ socketPath, path: `/${name}`, agent: false });
  question.end();
  const [answer] = await once(question, 'response');
  const said = await text(answer);
  if (answer.statusCode !== 200) throw new Error(said);
  return said;
}
