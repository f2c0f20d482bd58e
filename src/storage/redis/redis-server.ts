import type { Redis } from 'ioredis';
import { SessionLayoutMismatchError } from '../../core/errors.js';
import { isCluster, mastersOf, type RedisClient } from './redis-connection.js';
import { metaKey } from './redis-keys.js';
import { integerOf, listOf, type Reply } from './reply.js';
import { runScript } from './script.js';
import { claimLayout } from './session-scripts.js';

const LAYOUT_VERSION = 1;
const DEFAULT_SHARDS = 64;
const REQUIRED_POLICY = 'noeviction';
const CLOCK_READINGS = 3;
const WORRYING_OFFSET_MS = 2_000;

/** What is known of the server behind the connection, renewed whenever it is reached again. */
export class RedisServer {
  private settledShards: number | undefined;
  private offsetMs = 0;
  private offsetErrorMs = 0;
  private policy = 'unknown';
  private readonly warned = new Set<string>();

  constructor(
    private readonly prefix: string,
    private readonly wantedShards: number | undefined,
    private readonly warn: (message: string) => void,
  ) {}

  get shards(): number {
    return this.settledShards ?? this.wantedShards ?? DEFAULT_SHARDS;
  }

  /**
   * Redis' clock minus this process'; 0 where the measurement cannot tell them apart. Of a Cluster
   * it is the slowest master's, for all processes alike.
   */
  get clockOffsetMs(): number {
    return this.offsetMs;
  }

  get memoryPolicy(): string {
    return this.policy;
  }

  /** @throws SessionLayoutMismatchError */
  async verify(client: RedisClient): Promise<void> {
    await this.settleLayout(client);
    await this.measureClock(client);
    await this.readMemoryPolicy(client);
  }

  /** An instant `remainingMs` from now on Redis' clock; rather too early than too late. */
  deadlineIn(remainingMs: number): number {
    return Math.floor(Date.now() + this.offsetMs - this.offsetErrorMs + remainingMs);
  }

  async measureClock(client: RedisClient): Promise<void> {
    const clocks = await Promise.all(mastersOf(client).map(measureClockOf));
    const [slowest] = clocks.sort((left, right) => left.offsetMs - right.offsetMs);
    if (!slowest) throw new Error('No master is known');
    this.offsetErrorMs = slowest.errorMs;
    this.offsetMs = Math.abs(slowest.offsetMs) <= slowest.errorMs ? 0 : slowest.offsetMs;
    if (Math.abs(this.offsetMs) > WORRYING_OFFSET_MS)
      this.warnOnce('The clocks of this process and of Redis are more than two seconds apart');
    if (clocks.at(-1)!.offsetMs - slowest.offsetMs > WORRYING_OFFSET_MS)
      this.warnOnce('The clocks of the Redis masters are more than two seconds apart');
  }

  async readMemoryPolicy(client: RedisClient): Promise<void> {
    const policies = await Promise.all(
      mastersOf(client).map((master) => master.info('memory').then(policyIn, unknownIfRefused)),
    );
    this.policy = policies.find((policy) => policy !== REQUIRED_POLICY) ?? REQUIRED_POLICY;
    if (this.policy === 'unknown')
      this.warnOnce(`Redis does not tell its maxmemory-policy; it has to be ${REQUIRED_POLICY}`);
    else if (this.policy !== REQUIRED_POLICY)
      this.warnOnce(
        `Redis may delete sessions and audit events: its maxmemory-policy is ${this.policy} and has to be ${REQUIRED_POLICY}`,
      );
  }

  /** @throws Error where slots of a Cluster are served by nobody */
  async checkSlots(client: RedisClient): Promise<void> {
    if (!isCluster(client)) return;
    const info = String(await client.cluster('INFO'));
    if (!info.includes('cluster_state:ok')) throw new Error('The Redis Cluster is down');
  }

  private async settleLayout(client: RedisClient): Promise<void> {
    const { layout, shards } = await runScript(
      client,
      claimLayout,
      { meta: metaKey(this.prefix) },
      { layout: LAYOUT_VERSION, shards: this.shards },
    );
    const wanted = this.settledShards ?? this.wantedShards ?? shards;
    if (layout !== LAYOUT_VERSION || shards !== wanted)
      throw new SessionLayoutMismatchError(
        `Redis keys under "${this.prefix}:" are of layout ${layout} with ${shards} shards; ` +
          `this process is set to layout ${LAYOUT_VERSION} with ${wanted} shards`,
      );
    this.settledShards = shards;
  }

  private warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.warn(message);
  }
}

interface ClockReading {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** Of several measurements the quickest is the most exact; a busy moment spoils one, not all. */
async function measureClockOf(server: Redis): Promise<ClockReading> {
  let best = await readClock(server);
  for (let further = 1; further < CLOCK_READINGS; further += 1) {
    const reading = await readClock(server);
    if (reading.errorMs < best.errorMs) best = reading;
  }
  return best;
}

/** Redis told the time somewhere between question and answer: in the middle, give or take half. */
async function readClock(server: Redis): Promise<ClockReading> {
  const asked = Date.now();
  const [seconds, microseconds] = listOf((await server.callBuffer('time')) as Reply);
  const answered = Date.now();
  const told = integerOf(seconds) * 1_000 + integerOf(microseconds) / 1_000;
  return {
    offsetMs: Math.round(told - (asked + answered) / 2),
    // One more, because both clocks are read in whole milliseconds.
    errorMs: (answered - asked) / 2 + 1,
  };
}

const policyIn = (info: string): string => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'unknown';

function unknownIfRefused(error: Error): string {
  if (!error.message.startsWith('NOPERM')) throw error;
  return 'unknown';
}
