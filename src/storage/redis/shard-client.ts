import { shardOfSession, type SessionId } from '../../core/ids.js';
import type { StoredSession } from '../../core/session-record.js';
import type { FoundSession, Operation, StoreSettings } from '../../core/session-store.js';
import type { JointReads } from './joint-reads.js';
import { contextArguments } from './outbox-entry.js';
import { RecordRead, type KnownSession } from './known-records.js';
import { isCluster, type RedisClient, type RedisConnection } from './redis-connection.js';
import { epochKey, sessionKey, shardKeys, shardPrefixOf, type ShardKeys } from './redis-keys.js';
import type { NearCache } from './near-cache.js';
import type { RedisServer } from './redis-server.js';
import type { Replication } from './replication.js';
import { integerOf } from './reply.js';
import { flag, runScript, type Script, type ScriptArgument } from './script.js';
import { unpackSession } from './session-packing.js';
import {
  touch,
  type ChangeArgument,
  type ChangeKey,
  type ChangeScript,
} from './session-scripts.js';

/** How scripts tell other processes of changes. */
export type PushCommand = 'publish' | 'spublish';

export interface ShardClientParts {
  readonly settings: StoreSettings;
  readonly connection: RedisConnection;
  readonly server: RedisServer;
  readonly prefix: string;
  readonly push: PushCommand;
  readonly replication: Replication | undefined;
  readonly near: NearCache | undefined;
  /** Undefined: every read is a command of its own. */
  readonly joint: JointReads | undefined;
}

/** The longest wait for messages to be on their way. */
const PASSING_MS = 100;

interface OwnOperands<Key extends string, Argument extends string> {
  readonly keys: Readonly<Record<Key, string>>;
  readonly args: Readonly<Record<Argument, ScriptArgument>>;
}

/** Reads and changes what the shards hold, within bounds of time. */
export class ShardClient {
  readonly settings: StoreSettings;

  constructor(private readonly parts: ShardClientParts) {
    this.settings = parts.settings;
  }

  /** @throws RangeError for a shard that nobody would ever sweep or relay */
  keys(shard: number): ShardKeys {
    const { shards } = this.parts.server;
    if (shard >= shards)
      throw new RangeError(`There is no shard ${shard}: the store has ${shards}`);
    return shardKeys(this.parts.prefix, shard);
  }

  read<Result>(operation: string, work: (client: RedisClient) => Promise<Result>): Promise<Result> {
    return this.parts.connection.call(operation, this.settings.storeTimeoutMs, work);
  }

  /** One read; of what it finds, the live is kept near. */
  findOne(id: SessionId): Promise<FoundSession | undefined> {
    const { near } = this.parts;
    return near ? near.keeping(id, () => this.readOne(id)) : this.readOne(id);
  }

  /** One read; on a Cluster one for each shard. Those that are not there are left out. */
  async find(
    ids: readonly SessionId[],
    known?: KnownSession,
  ): Promise<ReadonlyMap<SessionId, FoundSession>> {
    const byShard = await this.groupByShard(ids);
    const found = new Map<SessionId, FoundSession>();
    await this.read('find', (client) => {
      const reads = isCluster(client) ? [...byShard].map((group) => [group]) : [[...byShard]];
      return Promise.all(reads.map((groups) => this.findIn(client, groups, known, found)));
    });
    return found;
  }

  /** One read; on a Cluster one for each shard. */
  lastEndings(shards: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return this.read('lastEndings', async (client) => {
      const known = shards.filter((shard) => shard < this.parts.server.shards);
      const names = await readTexts(
        client,
        known.map((shard) => this.keys(shard).lastEnding),
      );
      return new Map(
        known.flatMap((shard, position) => {
          const name = names[position];
          return name ? [[shard, name]] : [];
        }),
      );
    });
  }

  /** Most requests ask for one session and nothing else: without the groups that many are put in. */
  private async readOne(id: SessionId): Promise<FoundSession | undefined> {
    const { prefix, server, joint } = this.parts;
    const shard = shardOfSession(id);
    if (shard >= server.shards) return this.read('find', async () => undefined);
    const shardPrefix = shardPrefixOf(prefix, shard);
    const keys = [epochKey(shardPrefix), sessionKey(shardPrefix, id)] as const;
    const [epoch, bytes] = await (joint?.read(...keys) ??
      this.read('find', (client) => client.mgetBuffer(...keys)));
    return bytes ? foundAt(unpackSession(id, bytes), epoch) : undefined;
  }

  private async findIn(
    client: RedisClient,
    groups: readonly (readonly [shard: number, ids: readonly SessionId[]])[],
    known: KnownSession | undefined,
    found: Map<SessionId, FoundSession>,
  ): Promise<void> {
    const reads = groups.map(([shard, ids]) => {
      const { epoch, session } = this.keys(shard);
      return { epoch, records: ids.map((id) => new RecordRead(id, session, known)) };
    });
    const names = reads.flatMap(({ epoch, records }) => [epoch, ...records.map(({ key }) => key)]);
    if (names.length === 0) return;
    const values = (await client.mgetBuffer(names)).values();
    for (const { records } of reads) {
      const epoch = values.next().value;
      for (const record of records) {
        const bytes = values.next().value;
        if (bytes) found.set(record.id, foundAt(record.unpack(bytes), epoch));
      }
    }
  }

  /** Without those of shards that do not exist. */
  private async groupByShard(
    ids: readonly SessionId[],
  ): Promise<ReadonlyMap<number, readonly SessionId[]>> {
    const groups = new Map<number, SessionId[]>();
    for (const id of ids) {
      const shard = shardOfSession(id);
      const group = groups.get(shard);
      if (group) group.push(id);
      else if (await this.hasShard(shard, 'find')) groups.set(shard, [id]);
    }
    return groups;
  }

  /** Whether what was read of the outbox up to the entry may leave the store: no failover undoes it. */
  async mayRelay(shard: number, entry: string): Promise<boolean> {
    return this.parts.replication?.confirmEntry(this.keys(shard), entry) ?? true;
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
  async change<Key extends string, Argument extends string, Result>(
    script: ChangeScript<Key, Argument, Result>,
    shard: number,
    operation: Operation,
    own: OwnOperands<Key, Argument>,
  ): Promise<Result> {
    const { near } = this.parts;
    if (!near) return this.carryOut(script, shard, operation, own);
    try {
      const result = await this.carryOut(script, shard, operation, own);
      const told = script.told(result);
      near.forgetTold(shard, told);
      if (told.length > 0) await this.letMessagesPass(shard);
      return result;
    } catch (error) {
      near.forgetAll(shard);
      throw error;
    }
  }

  /**
   * Redis may give the caller of a script its answer a little before those who listen have what it
   * published, and a request sent upon the answer would overtake the message. What a server answers
   * next, it answers after it has written all that. The change stands, whatever comes of this.
   */
  private async letMessagesPass(shard: number): Promise<void> {
    const { epoch } = this.keys(shard);
    await this.parts.connection
      .call('change', PASSING_MS, (client) => client.exists(epoch))
      .catch(() => undefined);
  }

  private async carryOut<Key extends string, Argument extends string, Result>(
    script: ChangeScript<Key, Argument, Result>,
    shard: number,
    operation: Operation,
    own: OwnOperands<Key, Argument>,
  ): Promise<Result> {
    const shared = this.keys(shard);
    const now = this.settings.clock.now() + this.parts.server.clockOffsetMs;
    const remainingMs = operation.deadline - now;
    const keys: Readonly<Record<ChangeKey, string>> = {
      ...shared,
      marker: shared.marker(operation.eventId),
    };
    const args: Readonly<Record<ChangeArgument, ScriptArgument>> = {
      shardPrefix: shared.prefix,
      eventId: operation.eventId,
      now: operation.now,
      deadline: this.parts.server.deadlineIn(remainingMs),
      tombstoneTtl: this.settings.tombstoneTtlMs,
      audit: flag(this.settings.audit),
      push: this.parts.push,
      ...contextArguments(operation.context),
    };
    const begun = performance.now();
    const result = await this.parts.connection.call(script.name, remainingMs, (client) =>
      runScript(client, script, { ...keys, ...own.keys }, { ...args, ...own.args }),
    );
    const leftMs = remainingMs - (performance.now() - begun);
    await this.parts.replication?.confirm(script.name, keys.marker, leftMs);
    return result;
  }

  /** The same for one session; undefined for an id of a shard that does not exist. */
  async changeSession<Argument extends string, Result>(
    script: ChangeScript<never, Argument, Result>,
    operation: Operation,
    args: Readonly<Record<Argument, ScriptArgument>> & { readonly id: SessionId },
  ): Promise<Result | undefined> {
    const shard = shardOfSession(args.id);
    if (!(await this.hasShard(shard, script.name))) return undefined;
    const result = await this.change(script, shard, operation, { keys: {}, args });
    this.parts.near?.forget(args.id);
    return result;
  }

  /** Activity changes nothing that others have to know of, so what is kept near is kept. */
  async touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'> {
    const shard = shardOfSession(id);
    if (!(await this.hasShard(shard, touch.name))) return 'gone';
    const result = await this.change(touch, shard, operation, { keys: {}, args: { id } });
    if (result === 'touched') this.parts.near?.noteActivity(id, operation.now);
    else this.parts.near?.forget(id);
    return result;
  }

  /**
   * @throws SessionStoreUnavailableError while the server is away, for until it has been reached
   * nobody knows how many there are
   */
  private async hasShard(shard: number, operation: string): Promise<boolean> {
    return shard < this.parts.server.shards || this.read(operation, async () => false);
  }
}

const foundAt = (session: StoredSession, epoch: Buffer | null | undefined): FoundSession => ({
  session,
  shardEpoch: epoch ? integerOf(epoch) : 0,
});

async function readTexts(
  client: RedisClient,
  keys: readonly string[],
): Promise<readonly (string | null)[]> {
  if (isCluster(client)) return Promise.all(keys.map((key) => client.get(key)));
  return keys.length === 0 ? [] : client.mget([...keys]);
}
