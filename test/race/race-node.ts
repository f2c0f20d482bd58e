import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Call, NodeParts, Remote, Reply } from './node-protocol.js';

const PROGRAM = fileURLToPath(new URL('node-process.js', import.meta.url));

/** What another process threw. */
export class RemoteError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One application process, called from here. */
export class RaceNode {
  readonly control = this.remote('control');
  readonly lifecycle = this.remote('lifecycle');
  readonly rotation = this.remote('rotation');
  readonly directory = this.remote('directory');
  readonly facts = this.remote('facts');
  readonly store = this.remote('store');
  /** Where it listens, once `control.open` has answered. */
  url = '';
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;

  constructor() {
    this.child = fork(PROGRAM, { serialization: 'advanced' });
    this.child.on('message', (reply: Reply) => this.settle(reply));
    this.child.on('exit', (code) => this.abandon(new Error(`A node ended with status ${code}`)));
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.disconnect();
    await once(this.child, 'exit');
  }

  /** Every property of it is a method that sends its arguments to the part of that name. */
  private remote<Name extends keyof NodeParts>(part: Name): Remote<NodeParts[Name]> {
    return new Proxy({} as Remote<NodeParts[Name]>, {
      get:
        (_, method: string) =>
        (...args: readonly unknown[]) =>
          this.call(part, method, args),
    });
  }

  private call(part: keyof NodeParts, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call: Call = { call: (this.calls += 1), part, method, args };
      this.waiting.set(call.call, { resolve, reject });
      this.child.send(call);
    });
  }

  private settle({ call, value, error }: Reply): void {
    const waiting = this.waiting.get(call);
    this.waiting.delete(call);
    if (error) waiting?.reject(new RemoteError(error.message, error.code));
    else waiting?.resolve(value);
  }

  private abandon(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
