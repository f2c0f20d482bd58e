import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DemoProcess {
  readonly url: string;
  /** As an orchestrator does it: SIGTERM, then the process ends by itself. */
  stop(): Promise<void>;
  /** As a machine that fails does it: SIGKILL, which the process does not notice. */
  kill(): Promise<void>;
}

export interface DemoOptions {
  /** The data folder, which is left as it is. Default: one of its own, gone with the process. */
  readonly folder?: string;
}

const ADDRESS = /listens on (http:\S+)/;

/** The built demo in a process of its own on a free port, with this environment and no other. */
export async function startDemo(
  environment: Readonly<Record<string, string>>,
  { folder }: DemoOptions = {},
): Promise<DemoProcess> {
  const dataFolder = folder ?? (await mkdtemp(join(tmpdir(), 'gatehouse-demo-')));
  const child = spawn(process.execPath, ['dist/demo/main.js'], {
    env: { PORT: '0', DATA_FOLDER: dataFolder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const output: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    process.off('exit', killAtExit);
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (!hasEnded && child.kill(signal)) await once(child, 'exit');
    if (folder === undefined) await rm(dataFolder, { recursive: true, force: true });
  };
  const stop = (): Promise<void> => end('SIGTERM');
  for await (const line of createInterface({ input: child.stdout })) {
    output.push(line);
    const url = ADDRESS.exec(line)?.[1];
    if (url) return { url, stop, kill: () => end('SIGKILL') };
  }
  await stop();
  throw new Error(`The demo did not start; is it built?\n${output.join('\n')}`);
}
