import { Redis } from 'ioredis';
import { startPrivateRedis } from '../../test/support/launcher/index.mjs';

/** Shorter commands are not worth a line in Redis' log of slow ones. */
const SLOW_MICROSECONDS = 100;
const LOG_LENGTH = 100_000;

export interface Effort {
  readonly processorMs: number;
  /** Of the longest command, by the server's own clock; 0.1 where all were shorter. */
  readonly longestMs: number;
}

/** A server for one measurement alone, asked for what it says of itself. */
export class ScaleRedis {
  static async start(): Promise<ScaleRedis> {
    const server = await startPrivateRedis({
      args: Object.entries({
        'slowlog-log-slower-than': SLOW_MICROSECONDS,
        'slowlog-max-len': LOG_LENGTH,
      }).flatMap(([setting, value]) => [`--${setting}`, String(value)]),
    });
    return new ScaleRedis(server, new Redis(server.url));
  }

  private constructor(
    private readonly server: { readonly url: string; stop(): Promise<void> },
    readonly client: Redis,
  ) {}

  /** A further connection, which is nobody's before it is used. */
  connect(): Redis {
    return new Redis(this.server.url, { lazyConnect: true });
  }

  async stop(): Promise<void> {
    await this.client.quit();
    await this.server.stop();
  }

  async version(): Promise<string> {
    return factIn(await this.client.info('server'), 'redis_version');
  }

  /** What is in use, without what connections buffer, and the log of slow commands. */
  async usedMemory(): Promise<number> {
    await this.client.slowlog('RESET');
    const info = await this.client.info('memory');
    return Number(factIn(info, 'used_memory')) - Number(factIn(info, 'mem_clients_normal'));
  }

  /** Of its own, Redis leaves up to a tenth of the keys that have expired until somebody asks for them. */
  async removeExpired(pattern: string): Promise<void> {
    for await (const keys of this.client.scanStream({ match: pattern, count: 1_000 }))
      if ((keys as string[]).length > 0) await this.client.exists(keys as string[]);
  }

  /** What keys take with all that is in them, the server's table of all keys left out. */
  async memoryOf(keys: readonly string[]): Promise<number> {
    let bytes = 0;
    for (const key of keys) bytes += (await this.client.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    return bytes;
  }

  /** What the server does meanwhile, as it tells itself. */
  async observe(work: () => Promise<unknown>): Promise<Effort> {
    await this.client.slowlog('RESET');
    const before = await this.processorSeconds();
    await work();
    const processorMs = ((await this.processorSeconds()) - before) * 1_000;
    const slow = (await this.client.slowlog('GET', LOG_LENGTH)) as [number, number, number][];
    const longestMs = Math.max(SLOW_MICROSECONDS, ...slow.map(([, , micros]) => micros)) / 1_000;
    return { processorMs, longestMs };
  }

  private async processorSeconds(): Promise<number> {
    const info = await this.client.info('cpu');
    return Number(factIn(info, 'used_cpu_user')) + Number(factIn(info, 'used_cpu_sys'));
  }
}

function factIn(info: string, name: string): string {
  const [, value] = new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info) ?? [];
  if (value === undefined) throw new Error(`Redis does not tell its ${name}`);
  return value;
}
