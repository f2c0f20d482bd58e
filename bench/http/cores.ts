import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const SERVER_CORE = '0';
const cores = availableParallelism();

/** Servers, Redis and generator can be kept apart; elsewhere the figures say less. */
export const canPin = cores > 1 && spawnSync('taskset', ['-c', SERVER_CORE, 'true']).status === 0;

/** All threads of a process go to the one core that only servers run on. */
export const pinToServerCore = (pid: number): void => pin(pid, SERVER_CORE);

/** This process, and what it starts from now on, stay off the servers' core. */
export const leaveServerCore = (): void => pin(process.pid, `1-${cores - 1}`);

function pin(pid: number, list: string): void {
  if (!canPin) return;
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', list, String(pid)]);
  if (status !== 0) throw new Error(`taskset failed: ${String(stderr)}`);
}
