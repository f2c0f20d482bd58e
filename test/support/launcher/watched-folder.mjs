import { spawn } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Reads process ids, one line at a time, each line replacing the last. When the pipe closes
 * without "done", whoever held the other end died, by whatever signal: then the processes of
 * the last line are killed and the folder is removed.
 */
const WATCHDOG = `
  pids=
  while read -r line; do
    [ "$line" = done ] && exit 0
    pids=$line
  done
  [ -n "$pids" ] && kill -TERM $pids
  sleep 1
  [ -n "$pids" ] && kill -KILL $pids
  rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

/**
 * A temporary folder, and the watchdog that removes it (and ends the server that uses it)
 * should this process die before `remove` is called.
 *
 * @param {string} label
 * @param {{ uid?: number, gid?: number }} owner
 */
export async function openWatchedFolder(label, owner = {}) {
  const path = await mkdtemp(join(tmpdir(), `gatehouse-${label}-`));
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', path], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  watchdog.stdin.unref();
  watchdog.stdin.on('error', () => undefined);
  if (owner.uid !== undefined) await chown(path, owner.uid, owner.gid);
  return {
    path,
    watch: (pids) => watchdog.stdin.write(`${pids.join(' ')}\n`),
    remove: async () => {
      watchdog.stdin.end('done\n');
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
