import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinToServerCore } from './cores.js';

const PROGRAM = fileURLToPath(new URL('servers/main.js', import.meta.url));
const START_LIMIT_MS = 120_000;
const ANSWER_LIMIT_MS = 10_000;

/** What a server says when it listens. */
export interface Listening {
  readonly port: number;
  /** Of its Node. */
  readonly version: string;
}

/** What a server has used since it began, by its own clock. */
export interface Usage {
  readonly cpuUs: number;
  readonly atMs: number;
}

/** What a server has allocated since it was asked to count. */
export interface Allocation {
  readonly bytes: number;
}

/** What a server can be asked for. `count` begins to count what it allocates. */
export interface Answers {
  readonly usage: Usage;
  readonly count: Record<string, never>;
  readonly allocation: Allocation;
}

export interface ServerSetting {
  /** Name of the server to run. */
  readonly server: string;
  /** Path of the Node that runs it. */
  readonly node: string;
  readonly nodeArguments: readonly string[];
  readonly redisUrl: string;
}

/** A server in a process of its own, on the core that is kept for servers. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly listening: Listening,
  ) {}

  static async start(setting: ServerSetting): Promise<ServerProcess> {
    const { server, node, nodeArguments, redisUrl } = setting;
    const child = spawn(node, [...nodeArguments, PROGRAM, server, redisUrl], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const listening = await nextMessage<Listening>(child, START_LIMIT_MS);
    pinToServerCore(child.pid!);
    return new ServerProcess(child, listening);
  }

  async ask<Question extends keyof Answers>(question: Question): Promise<Answers[Question]> {
    const answer = nextMessage<Answers[Question]>(this.child, ANSWER_LIMIT_MS);
    this.child.send(question);
    return answer;
  }

  /** Lets it write its profile, if it makes one; kills it if it does not end. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    const overdue = setTimeout(() => this.child.kill('SIGKILL'), ANSWER_LIMIT_MS);
    this.child.disconnect();
    await exit;
    clearTimeout(overdue);
  }
}

async function nextMessage<Message>(child: ChildProcess, limitMs: number): Promise<Message> {
  const over = new AbortController();
  const limit = setTimeout(() => over.abort(), limitMs);
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`A server ended (${code ?? killedBy})`);
  });
  try {
    const message = once(child, 'message', { signal }).then(([first]) => first as Message);
    return await Promise.race([message, ended]);
  } finally {
    clearTimeout(limit);
    ended.catch(() => undefined);
    over.abort();
  }
}
