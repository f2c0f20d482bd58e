import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export type ApplicationMessage = { readonly port: number } | { readonly cpuUs: number };

const PROGRAM = new URL('./login-application.js', import.meta.url);

/** The application in a process of its own. */
export class LoginProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(redisUrl: string, postgresUrl: string): Promise<LoginProcess> {
    const child = fork(PROGRAM, [redisUrl, postgresUrl], {
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The application ended at start with ${String(code)}`);
    });
    const message = once(child, 'message') as Promise<[ApplicationMessage]>;
    const [started] = await Promise.race([message, ended]);
    ended.catch(() => undefined);
    if (!('port' in started)) throw new Error('The application did not say where it listens');
    return new LoginProcess(child, started.port);
  }

  /** What it has used so far. */
  async cpuUs(): Promise<number> {
    const answer = once(this.child, 'message') as Promise<[ApplicationMessage]>;
    this.child.send('usage');
    const [message] = await answer;
    return 'cpuUs' in message ? message.cpuUs : NaN;
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
  }
}
