import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 5_000;
const POLL_MS = 10;

/** Runs a program to its end; rejects, with what it printed, if it fails. */
export const run = promisify(execFile);

/** What `spawn` needs to give up root, because the database servers refuse to run as root. */
export function identityOf(systemUser) {
  if (systemUser === undefined || process.getuid?.() !== 0) return {};
  const idOf = (flag) => Number(execFileSync('id', [flag, systemUser], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/**
 * Starts a server and resolves once its log says that it is ready. It gets a process group of
 * its own, which Ctrl-C does not reach: ending it is up to its owner or the watchdog.
 *
 * @param {{ command: string, args: string[], folder: string, log: string, ready: RegExp,
 *   identity: { uid?: number, gid?: number }, onSpawn: (pid: number) => void }} program
 */
export async function launch(program) {
  const output = openSync(program.log, 'w');
  const child = spawn(program.command, program.args, {
    cwd: program.folder,
    detached: true,
    stdio: ['ignore', output, output],
    ...program.identity,
  });
  closeSync(output);
  child.unref();
  await once(child, 'spawn');
  program.onSpawn(child.pid);
  await untilReady(child, program);
  return child;
}

async function untilReady(child, { command, log, ready }) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!ready.test(await readFile(log, 'utf8'))) {
    const late = Date.now() > deadline;
    if (late) await terminate(child, 'SIGKILL');
    if (hasExited(child)) {
      const said = (await readFile(log, 'utf8')).slice(-4_000);
      throw new Error(`${command} ${late ? 'was not ready in time' : 'ended at start'}:\n${said}`);
    }
    await delay(POLL_MS);
  }
}

export const hasExited = (child) => child.exitCode !== null || child.signalCode !== null;

/** Sends the signal, waits for the end, and kills the process if that takes too long. */
export async function terminate(child, signal) {
  if (hasExited(child)) return;
  const end = once(child, 'exit');
  child.kill(signal);
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await end;
  clearTimeout(impatience);
}

/** Signals processes, of which some may be gone already. */
export function signalAll(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

/** Direct children, e.g. PostgreSQL's one process a connection. */
export function childrenOf(pid) {
  try {
    return numbersIn(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  } catch {
    return childrenByPgrep(pid);
  }
}

/** For systems without Linux' /proc; pgrep fails where there are no children. */
function childrenByPgrep(pid) {
  try {
    return numbersIn(execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }));
  } catch {
    return [];
  }
}

const numbersIn = (text) => text.split(/\s+/).filter(Boolean).map(Number);
