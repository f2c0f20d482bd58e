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
}

const ADDRESS = /listens on (http:\S+)/;

/** The built demo in a process of its own, on a free port and with a data folder of its own. */
export async function startDemo(
  environment: Readonly<Record<string, string>>,
): Promise<DemoProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'));
  const child = spawn(process.execPath, ['dist/demo/main.js'], {
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', DATA_FOLDER: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const output: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));

  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    output.push(line);
    const url = ADDRESS.exec(line)?.[1];
    if (url) return { url, stop };
  }
  await stop();
  throw new Error(`The demo did not start; is it built?\n${output.join('\n')}`);
}
