import { randomUUID } from 'node:crypto';
import { LessThan, LessThanOrEqual, type DataSource } from 'typeorm';
import type { SessionCore } from '../core/session-core.js';
import { checkpointHmacOf } from './audit-chain.js';
import { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditKeyRing } from './audit-key-ring.js';
import { AuditPages } from './audit-pages.js';
import { AuditSeals } from './audit-seals.js';
import { endOf } from './bounded.js';
import { requireNoForeignTransaction } from './one-connection.js';
import { isDuplicateKey } from './sql-errors.js';

export interface AuditRetentionOptions {
  readonly core: Pick<SessionCore, 'store' | 'operations'>;
  readonly dataSource: DataSource;
  readonly keys: AuditKeyRing;
  /** Age, since they were recorded, at which rows go. */
  readonly retentionMs: number;
}

const LEASE = 'audit-purge';
/** One purge an hour, whichever process does it. */
export const PURGE_INTERVAL_MS = 3_600_000;
const BATCH = 1_000;
const LAST_BATCH_MS = 5_000;

/**
 * Takes old rows from the start of each chain, a batch at a time, in three steps that may each be
 * repeated: the checkpoint is written, the purge is recorded, the rows are deleted. A batch that a
 * crash left half done is finished before the next one begins, whoever comes next.
 */
export class AuditRetention {
  private readonly holder = randomUUID();
  private readonly pages: AuditPages;
  private readonly seals: AuditSeals;
  private running: Promise<number> | undefined;
  private stopping = false;

  constructor(private readonly options: AuditRetentionOptions) {
    this.pages = new AuditPages(options.dataSource);
    this.seals = new AuditSeals(options.keys);
  }

  /**
   * Purges every chain, unless another process has done so within the hour. Answers how many rows
   * went; joins a purge of this process that is under way.
   */
  run(): Promise<number> {
    this.running ??= this.purgeAll().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Resolves when a purge under way has left off after its batch, or when five seconds have passed. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.running !== undefined) await endOf(this.running, LAST_BATCH_MS);
  }

  private async purgeAll(): Promise<number> {
    const { store } = this.options.core;
    if (!(await store.lease(LEASE, this.holder, PURGE_INTERVAL_MS))) return 0;
    let purged = 0;
    for (let chain = 0; chain < store.shards; chain += 1) purged += await this.purge(chain);
    return purged;
  }

  private async purge(chain: number): Promise<number> {
    let purged = 0;
    while (!this.stopping) {
      requireNoForeignTransaction(this.options.dataSource);
      const checkpoint = (await this.unfinished(chain)) ?? (await this.begin(chain));
      if (checkpoint === undefined || !(await this.finish(checkpoint))) break;
      purged += checkpoint.purgedCount;
    }
    return purged;
  }

  /** The latest genuine checkpoint, if rows that it stands for are still there. */
  private async unfinished(chain: number): Promise<AuditCheckpointRow | undefined> {
    const checkpoints = await this.pages.checkpoints(chain);
    const latest = checkpoints.findLast((checkpoint) => this.seals.isGenuineCheckpoint(checkpoint));
    if (latest === undefined) return undefined;
    const chainSeq = LessThanOrEqual(latest.upToSeq);
    const { manager } = this.options.dataSource;
    return (await manager.existsBy(AuditEventRow, { chain, chainSeq })) ? latest : undefined;
  }

  /** Writes the checkpoint of the chain's next batch; undefined: nothing more is old enough. */
  private async begin(chain: number): Promise<AuditCheckpointRow | undefined> {
    const { core, keys, retentionMs } = this.options;
    const at = core.operations.now();
    const batch = await this.oldRows(chain, at - retentionMs);
    if (batch === undefined) return undefined;
    const [{ keyId }] = keys;
    const unsigned = { chain, ...batch, at, keyId };
    await this.write({ ...unsigned, hmac: checkpointHmacOf(unsigned, keys[0]) });
    return this.unfinished(chain);
  }

  /**
   * About a batch of the first rows, up to one that somebody with a key has recorded before then.
   * What a row without a genuine hash says of its age is nobody's word: it goes with those behind it,
   * and where there are none it stays for `verify` to name.
   */
  private async oldRows(chain: number, before: number): Promise<OldRows | undefined> {
    let count = 0;
    let old: OldRows | undefined;
    for await (const rows of this.pages.ofChain(chain)) {
      for (const row of rows) {
        count += 1;
        if (!this.seals.isGenuine(row)) continue;
        if (row.recordedAt >= before) return old;
        old = { upToSeq: row.chainSeq, hash: row.hash, purgedCount: count };
      }
      if (old !== undefined && count >= BATCH) break;
    }
    return old;
  }

  /** Another process may have written the same one; which of the two stays does not matter. */
  private async write(checkpoint: AuditCheckpointRow): Promise<void> {
    try {
      await this.options.dataSource.manager.insert(AuditCheckpointRow, checkpoint);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  /** False: there is no room to record the purge, so nothing is deleted until there is. */
  private async finish(checkpoint: AuditCheckpointRow): Promise<boolean> {
    const { manager } = this.options.dataSource;
    const { chain, upToSeq } = checkpoint;
    if (!(await this.record(checkpoint))) return false;
    await manager.delete(AuditEventRow, { chain, chainSeq: LessThanOrEqual(upToSeq) });
    await manager.delete(AuditCheckpointRow, { chain, upToSeq: LessThan(upToSeq) });
    return true;
  }

  /** The event id follows from the checkpoint, so that a repeated purge is one event. */
  private record({ chain, upToSeq, purgedCount, at }: AuditCheckpointRow): Promise<boolean> {
    const { core, retentionMs } = this.options;
    const operation = core.operations.begin({
      initiator: 'policy',
      details: { chain, count: purgedCount, before: at - retentionMs },
    });
    const eventId = `audit-purged-${chain}-${upToSeq}`;
    return core.store.append(chain, { type: 'audit.purged' }, { ...operation, eventId });
  }
}

type OldRows = Pick<AuditCheckpointRow, 'upToSeq' | 'hash' | 'purgedCount'>;
