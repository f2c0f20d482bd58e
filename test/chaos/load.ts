import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../support/random.js';
import type { Traffic } from './traffic.js';

export interface LoadOptions {
  readonly traffic: Traffic;
  readonly random: Random;
  readonly workers: number;
  /** Between two requests of a worker, on average. */
  readonly pauseMs: number;
}

const SHARES = { login: 20, read: 30, readDead: 10, write: 20, kill: 15, logout: 5 } as const;
type Deed = keyof typeof SHARES;
const DEEDS = Object.entries(SHARES).flatMap(([deed, share]) =>
  Array<Deed>(share).fill(deed as Deed),
);

/** Steady traffic of logins, reads, writes, kills and logouts until it is stopped. */
export class Load {
  private stopping = false;
  private readonly working: Promise<unknown>;

  constructor(private readonly options: LoadOptions) {
    this.working = Promise.all(Array.from({ length: options.workers }, () => this.work()));
  }

  /** Resolves when the last request has been answered. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.working;
  }

  private async work(): Promise<void> {
    const { random, pauseMs } = this.options;
    while (!this.stopping) {
      await this.doOne(random.pick(DEEDS));
      await pause(pauseMs * (0.5 + random.next()));
    }
  }

  private async doOne(deed: Deed): Promise<unknown> {
    const { traffic, random } = this.options;
    const { ledger } = traffic;
    switch (deed) {
      case 'login':
        return traffic.login();
      case 'read':
        return ledger.withOne(random, ['none', 'asked'], (entry) => traffic.read(entry));
      case 'readDead':
        return ledger.withOne(random, ['acknowledged'], (entry) => traffic.read(entry));
      case 'write':
        return ledger.withOne(random, ['none'], (entry) => traffic.write(entry));
      case 'kill':
        return ledger.withOne(random, ['none', 'asked'], (entry) => traffic.kill(entry));
      case 'logout':
        return ledger.withOne(random, ['none'], (entry) => traffic.logout(entry));
    }
  }
}
