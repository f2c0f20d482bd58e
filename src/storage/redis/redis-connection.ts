import type { Cluster, Redis } from 'ioredis';
import { SessionLayoutMismatchError, SessionStoreUnavailableError } from '../../core/errors.js';
import { within } from '../../core/within.js';

export type RedisClient = Redis | Cluster;

export interface ConnectionEvents {
  /**
   * Runs whenever the server has been reached, before any call is let through. While it rejects,
   * the store stays unavailable and it is tried again.
   */
  verify(client: RedisClient): Promise<void>;
  /** An outage begins, or turns out to be that the server is the wrong one. */
  away(cause: Error): void;
}

/** Pauses before the next attempt at an absent server: doubled each time, up to the longest. */
const RETRY_MS = { first: 50, longest: 1_000 } as const;

/**
 * A connection of our own, derived from the application's client. While the server is away a call
 * rejects at once, otherwise within its budget. Nothing is queued, and nothing sent twice.
 */
export class RedisConnection {
  private readonly client: RedisClient;
  private available = false;
  private closed = false;
  /** What the present outage was told as; `refused` where a server answers, but the wrong one. */
  private outage: 'none' | 'away' | 'refused' = 'none';
  private cause = new Error('Not connected yet');
  private verifyAgain: NodeJS.Timeout | undefined;
  private settleOpening: (error?: Error) => void = () => undefined;

  constructor(
    handed: RedisClient,
    private readonly timeoutMs: number,
    private readonly events: ConnectionEvents,
  ) {
    this.client = deriveClient(handed, timeoutMs);
    this.client.on('ready', () => void this.verify());
    this.client.on('error', (error: Error) => (this.cause = harmless(error)));
    this.client.on('node error', (error: Error, node: string) => {
      this.cause = new Error(`${node}: ${error.message}`);
    });
    this.client.on('close', () => this.lose('away'));
  }

  /**
   * Resolves when the server has been reached and verified or, having told of its being away,
   * after `waitMs`. @throws SessionLayoutMismatchError
   */
  async open(waitMs: number): Promise<void> {
    const opened = new Promise<void>((resolve, reject) => {
      this.settleOpening = (error) => (error ? reject(error) : resolve());
    });
    this.client.connect().catch(() => undefined);
    const waited = setTimeout(() => {
      if (!this.available) this.lose('away');
      this.settleOpening();
    }, waitMs);
    await opened.finally(() => clearTimeout(waited));
  }

  close(): void {
    this.closed = true;
    this.available = false;
    this.cause = new Error('The store is closed');
    clearTimeout(this.verifyAgain);
    this.client.disconnect();
    this.settleOpening();
  }

  /** @throws SessionStoreUnavailableError whatever goes wrong, after `budgetMs` at the latest */
  async call<Result>(
    operation: string,
    budgetMs: number,
    work: (client: RedisClient) => Promise<Result>,
  ): Promise<Result> {
    try {
      if (!this.available) throw this.cause;
      if (budgetMs <= 0) throw new Error('The deadline has passed');
      return await within(budgetMs, work(this.client));
    } catch (error) {
      throw new SessionStoreUnavailableError(operation, harmless(error));
    }
  }

  private async verify(): Promise<void> {
    clearTimeout(this.verifyAgain);
    try {
      await within(this.timeoutMs, this.events.verify(this.client));
      if (this.closed || this.client.status !== 'ready') return;
      this.available = true;
      this.outage = 'none';
      this.cause = new Error('The connection was lost');
      this.settleOpening();
    } catch (error) {
      this.refuse(harmless(error));
    }
  }

  private refuse(error: Error): void {
    if (this.closed) return;
    this.cause = error;
    if (error instanceof SessionLayoutMismatchError) this.settleOpening(error);
    this.lose('refused');
    this.verifyAgain = setTimeout(() => {
      if (this.client.status === 'ready') void this.verify();
    }, RETRY_MS.longest);
  }

  private lose(outage: 'away' | 'refused'): void {
    this.available = false;
    if (this.closed || this.outage === 'refused' || this.outage === outage) return;
    this.outage = outage;
    this.events.away(this.cause);
  }
}

export const isCluster = (client: RedisClient): client is Cluster => client.isCluster;

/** Each has some of the shards, a clock and a memory policy of its own. */
export const mastersOf = (client: RedisClient): readonly Redis[] =>
  isCluster(client) ? client.nodes('master') : [client];

/** What and where the server is, without credentials. */
export function describeClient(client: RedisClient): string {
  if (isCluster(client)) return 'Redis Cluster';
  const { path, host, port, name, sentinels } = client.options;
  if (sentinels) return `Redis "${name}" behind Sentinel`;
  return `Redis at ${path ?? `${host}:${port}`}`;
}

function deriveClient(handed: RedisClient, timeoutMs: number): RedisClient {
  const everywhere = { lazyConnect: true, enableOfflineQueue: false, enableAutoPipelining: false };
  const connection = {
    autoResendUnfulfilledCommands: false,
    // What was sent when the connection broke fails at once.
    maxRetriesPerRequest: 0,
    commandTimeout: undefined,
    connectTimeout: timeoutMs,
    // A peer that is silent for longer than any call may take is gone; its calls must not pile up.
    socketTimeout: 2 * timeoutMs,
    // A Sentinel that is silent must not keep the others from being asked.
    sentinelCommandTimeout: timeoutMs,
    maxLoadingRetryTime: RETRY_MS.longest,
    role: 'master' as const,
    readOnly: false,
    stringNumbers: false,
    replyMapping: 'legacy' as const,
    // A replica where the master was: another address may lead to the new master.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
  if (!isCluster(handed))
    return handed.duplicate({ ...everywhere, ...connection, retryStrategy: retryPause });
  const cluster = handed.duplicate([], {
    ...everywhere,
    clusterRetryStrategy: retryPause,
    scaleReads: 'master',
    shardedSubscribers: false,
    redisOptions: connection,
  });
  return cluster.on('+node', leaveAskingUnanswered);
}

/**
 * While a slot is on its way ioredis sends `ASKING` before the command, and looks at the answer of
 * the command alone: a server that is away, or refuses the other, would end the process.
 */
function leaveAskingUnanswered(node: Redis): void {
  const ask = node.asking.bind(node);
  Object.assign(node, { asking: () => void ask().catch(() => undefined) });
}

/** With jitter, so that many nodes do not come back as one. */
const retryPause = (attempt: number): number =>
  Math.min(RETRY_MS.first * 2 ** attempt, RETRY_MS.longest) * (0.5 + Math.random() / 2);

/** ioredis attaches the command with its arguments, where a log would show token hashes and data. */
function harmless(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!('command' in error)) return error;
  const copy = new Error(error.message);
  copy.name = error.name;
  return copy;
}
