import { shardOfSession, type SessionId } from '../../core/ids.js';
import type { FoundSession, Operation, StoreSettings } from '../../core/session-store.js';
import { contextArguments } from './outbox-entry.js';
import type { RedisClient, RedisConnection } from './redis-connection.js';
import { shardKeys, type ShardKeys } from './redis-keys.js';
import type { RedisServer } from './redis-server.js';
import { integerOf } from './reply.js';
import { flag, runScript, type Script, type ScriptArgument } from './script.js';
import { unpackSession } from './session-packing.js';
import type { ChangeArgument, ChangeKey, ChangeScript } from './session-scripts.js';

/** Reads and changes what the shards hold, within bounds of time. */
export class ShardClient {
  constructor(
    readonly settings: StoreSettings,
    private readonly connection: RedisConnection,
    private readonly server: RedisServer,
    private readonly prefix: string,
  ) {}

  /** @throws RangeError for a shard that nobody would ever sweep or relay */
  keys(shard: number): ShardKeys {
    const { shards } = this.server;
    if (shard >= shards)
      throw new RangeError(`There is no shard ${shard}: the store has ${shards}`);
    return shardKeys(this.prefix, shard);
  }

  read<Result>(operation: string, work: (client: RedisClient) => Promise<Result>): Promise<Result> {
    return this.connection.call(operation, this.settings.storeTimeoutMs, work);
  }

  /** One read. Those that are not there are left out. */
  async find(
    shard: number,
    ids: readonly SessionId[],
  ): Promise<readonly (readonly [SessionId, FoundSession])[]> {
    if (!(await this.hasShard(shard, 'find'))) return [];
    const keys = this.keys(shard);
    const [epoch, ...sessions] = await this.read('find', (client) =>
      client.mgetBuffer(keys.epoch, ...ids.map(keys.session)),
    );
    const shardEpoch = epoch ? integerOf(epoch) : 0;
    return ids.flatMap((id, position) => {
      const bytes = sessions[position];
      return bytes ? [[id, { session: unpackSession(id, bytes), shardEpoch }] as const] : [];
    });
  }

  /** Runs a script that is not an operation, and so may be sent at any time. */
  run<Key extends string, Argument extends string, Result>(
    script: Script<Key, Argument, Result>,
    keys: Readonly<Record<Key, string>>,
    args: Readonly<Record<Argument, ScriptArgument>>,
  ): Promise<Result> {
    return this.read(script.name, (client) => runScript(client, script, keys, args));
  }

  /** Runs the script of an operation, which is over at its deadline, here and there. */
  change<Key extends string, Argument extends string, Result>(
    script: ChangeScript<Key, Argument, Result>,
    shard: number,
    operation: Operation,
    own: {
      readonly keys: Readonly<Record<Key, string>>;
      readonly args: Readonly<Record<Argument, ScriptArgument>>;
    },
  ): Promise<Result> {
    const shared = this.keys(shard);
    const now = this.settings.clock.now() + this.server.clockOffsetMs;
    const remainingMs = operation.deadline - now;
    const keys: Readonly<Record<ChangeKey, string>> = {
      ...shared,
      marker: shared.marker(operation.eventId),
    };
    const args: Readonly<Record<ChangeArgument, ScriptArgument>> = {
      shardPrefix: shared.prefix,
      eventId: operation.eventId,
      now: operation.now,
      deadline: this.server.deadlineIn(remainingMs),
      tombstoneTtl: this.settings.tombstoneTtlMs,
      audit: flag(this.settings.audit),
      ...contextArguments(operation.context),
    };
    return this.connection.call(script.name, remainingMs, (client) =>
      runScript(client, script, { ...keys, ...own.keys }, { ...args, ...own.args }),
    );
  }

  /** The same for one session; undefined for an id of a shard that does not exist. */
  async changeSession<Argument extends string, Result>(
    script: ChangeScript<never, Argument, Result>,
    operation: Operation,
    args: Readonly<Record<Argument, ScriptArgument>> & { readonly id: SessionId },
  ): Promise<Result | undefined> {
    const shard = shardOfSession(args.id);
    if (!(await this.hasShard(shard, script.name))) return undefined;
    return this.change(script, shard, operation, { keys: {}, args });
  }

  /**
   * @throws SessionStoreUnavailableError while the server is away, for until it has been reached
   * nobody knows how many there are
   */
  private async hasShard(shard: number, operation: string): Promise<boolean> {
    return shard < this.server.shards || this.read(operation, async () => false);
  }
}
