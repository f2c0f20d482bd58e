import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Redis } from 'ioredis';

const ATTEMPTS = 3;
/** Time, database and sender of a command, and the command: each argument in quotes. */
const MONITORED = /^\+[\d.]+ \[\d+ (?<sender>\S+)\] "(?<name>\w+)"(?<rest>.*)$/;

export interface SentCommandsOptions {
  /** Counts only what holds this text: a prefix of keys, where others use the same Redis. */
  readonly mentioning?: string;
  /** Goes before each call, uncounted. */
  readonly prepare?: () => Promise<unknown>;
}

/**
 * Names of the commands that clients send to Redis in the course of a call, in order; what scripts
 * call is not among them. The call is made three times and the fewest count: what keeps connections
 * alive and clocks right goes on meanwhile, and a script's text is sent once.
 */
export async function sentCommands(
  redis: Redis,
  call: () => Promise<unknown>,
  { mentioning = '', prepare }: SentCommandsOptions = {},
): Promise<readonly string[]> {
  const attempts: (readonly string[])[] = [];
  while (attempts.length < ATTEMPTS) {
    await prepare?.();
    attempts.push(await sentOnce(redis, call, mentioning));
  }
  return attempts.reduce((fewest, names) => (names.length < fewest.length ? names : fewest));
}

async function sentOnce(
  redis: Redis,
  call: () => Promise<unknown>,
  mentioning: string,
): Promise<readonly string[]> {
  const end = randomBytes(8).toString('hex');
  const { socket, lines } = await openMonitor(redis);
  const names: string[] = [];
  const over = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const { sender, name, rest } = MONITORED.exec(line)?.groups ?? {};
      if (rest?.includes(end)) resolve();
      else if (name && sender !== 'lua' && rest!.includes(mentioning))
        names.push(name.toLowerCase());
    });
  });
  try {
    await call();
    await redis.echo(end);
    await over;
    return names;
  } finally {
    socket.destroy();
  }
}

/** Not by ioredis, which on a busy server takes what is monitored for answers to its commands. */
async function openMonitor({ options }: Redis): Promise<{ socket: Socket; lines: Interface }> {
  const socket = connect(options.port!, options.host);
  const lines = createInterface({ input: socket });
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  return { socket, lines };
}
