import { Command, type Redis } from 'ioredis';
import { within } from '../../core/within.js';
import { isCluster, mastersOf, RedisConnection, type RedisClient } from './redis-connection.js';
import type { ShardKeys } from './redis-keys.js';

/** The master has done it, and it is not known whether a failover would keep it. */
class NotReplicatedError extends Error {
  override readonly name = 'NotReplicatedError';
}

/**
 * Writes something, for `WAIT` to wait for, and answers whether this master has what is to be
 * replicated. It is sent before anything is awaited.
 */
type Proof = (master: Redis) => Promise<boolean>;

interface Change {
  readonly master: Redis;
  readonly prove: Proof;
  readonly settle: (presence: boolean | Error) => void;
}

/** So that the answer does not go before the operation's deadline, as in `operation.lua`. */
const MARKER_MARGIN_MS = 1_000;

/**
 * Waits until replicas have what was changed. A `WAIT` holds up all that its connection is sent
 * after it, for as long as the replicas take, so it has a connection of its own and takes place
 * once at a time for all changes that meanwhile happened on a master.
 */
export class Replication {
  private readonly connection: RedisConnection;
  /** By master: what happened while a `WAIT` is under way. */
  private readonly waiting = new Map<string, Change[]>();

  constructor(
    handed: RedisClient,
    private readonly replicas: number,
    private readonly timeoutMs: number,
    away: (cause: Error) => void,
  ) {
    this.connection = new RedisConnection(handed, timeoutMs, { verify: mayWait, away });
  }

  open(waitMs: number): Promise<void> {
    return this.connection.open(waitMs);
  }

  /**
   * Resolves once the replicas have the operation whose answer is under `marker`. Rejects where a
   * failover has lost it, or they do not say so in time; then it is unknown whether they will.
   */
  async confirm(operation: string, marker: string, remainingMs: number): Promise<void> {
    const ttlMs = Math.ceil(remainingMs) + MARKER_MARGIN_MS;
    const renew: Proof = async (master) => (await master.pexpire(marker, ttlMs)) === 1;
    await this.connection.call(operation, remainingMs, async (client) => {
      if (!(await this.provedWithin(remainingMs, client, marker, renew)))
        throw new NotReplicatedError('A failover has lost the change');
    });
  }

  /**
   * Resolves to true once the replicas have the entry of the outbox, and so all before it, and to
   * false where it is gone: acknowledged, or lost by a failover. Rejects as `confirm` does.
   */
  confirmEntry(
    { outbox, outboxBytes }: Pick<ShardKeys, 'outbox' | 'outboxBytes'>,
    entry: string,
  ): Promise<boolean> {
    const { timeoutMs } = this;
    const find: Proof = async (master) => {
      const [found] = await Promise.all([
        master.xrange(outbox, entry, entry),
        master.incrby(outboxBytes, 0),
      ]);
      return found.length > 0;
    };
    return this.connection.call('readOutbox', timeoutMs, (client) =>
      this.provedWithin(timeoutMs, client, outbox, find),
    );
  }

  close(): void {
    this.connection.close();
  }

  private provedWithin(
    ms: number,
    client: RedisClient,
    key: string,
    prove: Proof,
  ): Promise<boolean> {
    return within(ms, this.provedBy(client, key, prove), () => this.unconfirmed());
  }

  /** For commands that are sent to a node by itself, nobody finds out that a slot is elsewhere now. */
  private async provedBy(client: RedisClient, key: string, prove: Proof): Promise<boolean> {
    try {
      return await this.proved(client, key, prove);
    } catch (error) {
      if (!isCluster(client) || error instanceof NotReplicatedError) throw error;
      await new Promise((resolve) => client.refreshSlotsCache(resolve));
      return this.proved(client, key, prove);
    }
  }

  private proved(client: RedisClient, key: string, prove: Proof): Promise<boolean> {
    const master = masterOf(client, key);
    return new Promise((resolve, reject) => {
      const settle = (presence: boolean | Error): void =>
        presence instanceof Error ? reject(presence) : resolve(presence);
      this.enqueue({ master, prove, settle });
    });
  }

  private enqueue(change: Change): void {
    const name = nameOf(change.master);
    const others = this.waiting.get(name);
    if (others) others.push(change);
    else void this.work(name, [change]);
  }

  private async work(name: string, first: readonly Change[]): Promise<void> {
    for (let batch = first; batch.length > 0; batch = this.waiting.get(name) ?? []) {
      this.waiting.set(name, []);
      await this.replicate(batch);
    }
    this.waiting.delete(name);
  }

  /** Sent at once, so that all goes over one connection or fails. */
  private async replicate(batch: readonly Change[]): Promise<void> {
    const { master } = batch.at(-1)!;
    const proofs = batch.map(({ prove }) => prove(master));
    // Both may fail at once, and the one not yet waited for must not count as unhandled.
    const confirmed = master
      .wait(this.replicas, this.timeoutMs)
      .catch((error: unknown) => error as Error);
    const proved = await Promise.allSettled(proofs);
    const count = await confirmed;
    for (const [position, { settle }] of batch.entries())
      settle(this.presenceOf(proved[position]!, count));
  }

  private presenceOf(proof: PromiseSettledResult<boolean>, count: number | Error): boolean | Error {
    if (proof.status === 'rejected') return proof.reason as Error;
    if (count instanceof Error) return count;
    if (!proof.value) return false;
    return count >= this.replicas ? true : this.unconfirmed();
  }

  private unconfirmed(): Error {
    const replicas = this.replicas === 1 ? 'a replica' : `${this.replicas} replicas`;
    return new NotReplicatedError(
      `It is done, but not confirmed by ${replicas} in time; a failover may undo it`,
    );
  }
}

/** Finds out whether the user has the permission. */
async function mayWait(client: RedisClient): Promise<void> {
  await Promise.all(mastersOf(client).map((master) => master.wait(0, 0)));
}

/** @throws Error while a Cluster does not know who serves the key */
function masterOf(client: RedisClient, key: string): Redis {
  if (!isCluster(client)) return client;
  const [name] = client.slots[new Command('get', [key]).getSlot() ?? 0] ?? [];
  const master = client.nodes('master').find((node) => nameOf(node) === name);
  if (!master) throw new Error('No master is known to serve the slot');
  return master;
}

/** As a Cluster's map of its slots names it. */
const nameOf = ({ options }: Redis): string => `${options.host}:${options.port}`;
