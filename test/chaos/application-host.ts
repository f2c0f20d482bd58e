import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ApplicationSetting, FromApplication, ToApplication } from './application-setting.js';

const PROGRAM = new URL('./application.js', import.meta.url);
const START_WITHIN_MS = 60_000;

/** A process that hosts any number of applications, and takes all of them along when it dies. */
export class ApplicationHost {
  private readonly waiting = new Map<number, (answer: FromApplication) => void>();
  private number = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('error', () => undefined);
    child.on('message', (answer: FromApplication) => {
      if ('number' in answer) this.waiting.get(answer.number)?.(answer);
    });
  }

  static async fork(clockAheadMs = 0): Promise<ApplicationHost> {
    const child = fork(PROGRAM, {
      env: { ...process.env, CLOCK_AHEAD_MS: String(clockAheadMs) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`An application ended at start with ${String(code)}`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new ApplicationHost(child);
  }

  /** The new application's URL. */
  start(setting: ApplicationSetting): Promise<string> {
    const number = (this.number += 1);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('No application')), START_WITHIN_MS);
      this.waiting.set(number, (answer) => {
        clearTimeout(late);
        this.waiting.delete(number);
        if ('url' in answer) resolve(answer.url);
        else reject(new Error('failure' in answer ? answer.failure : 'No application'));
      });
      this.child.send({ start: setting, number } satisfies ToApplication);
    });
  }

  /** As `kill -9` does it. Safe to repeat. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const end = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await end;
  }
}

/** One application under load; a restart gives it a new process and URL. */
export class ApplicationNode {
  private constructor(
    private host: ApplicationHost,
    private readonly setting: ApplicationSetting,
    private address: string,
    private readonly forkHost: () => Promise<ApplicationHost>,
  ) {}

  static async start(
    host: ApplicationHost,
    setting: ApplicationSetting,
    forkHost: () => Promise<ApplicationHost>,
  ): Promise<ApplicationNode> {
    return new ApplicationNode(host, setting, await host.start(setting), forkHost);
  }

  get url(): string {
    return this.address;
  }

  /** Kills the whole process, so only where it hosts this application alone. */
  kill(): Promise<void> {
    return this.host.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    this.host = await this.forkHost();
    this.address = await this.host.start(this.setting);
  }
}
