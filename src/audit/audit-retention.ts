import { randomUUID } from 'node:crypto';
import { LessThan, LessThanOrEqual, type DataSource } from 'typeorm';
import { systemClock, type Clock } from '../core/clock.js';
import type { SessionStore } from '../core/session-store.js';
import { checkpointHmacOf } from './audit-chain.js';
import { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditKeyRing } from './audit-key-ring.js';
import { requireNoForeignTransaction } from './one-connection.js';
import { isDuplicateKey } from './sql-errors.js';

export interface AuditRetentionOptions {
  readonly store: Pick<SessionStore, 'shards' | 'clockOffsetMs' | 'append' | 'lease'>;
  readonly dataSource: DataSource;
  readonly keys: AuditKeyRing;
  /** Age, since they were recorded, at which rows go. */
  readonly retentionMs: number;
  readonly clock?: Clock;
}

const LEASE = 'audit-purge';
/** One purge an hour, whichever process does it. */
export const PURGE_INTERVAL_MS = 3_600_000;
const BATCH = 1_000;
const APPEND_TIMEOUT_MS = 5_000;

/**
 * Takes old rows from the start of each chain, a batch at a time, in three steps that may each be
 * repeated: the checkpoint is written, the purge is recorded, the rows are deleted. A batch that a
 * crash left half done is finished before the next one begins, whoever comes next.
 */
export class AuditRetention {
  private readonly holder = randomUUID();
  private readonly clock: Clock;

  constructor(private readonly options: AuditRetentionOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** Purges every chain, unless another process has done so within the hour. Answers how many rows went. */
  async run(): Promise<number> {
    const { store } = this.options;
    if (!(await store.lease(LEASE, this.holder, PURGE_INTERVAL_MS))) return 0;
    let purged = 0;
    for (let chain = 0; chain < store.shards; chain += 1) purged += await this.purge(chain);
    return purged;
  }

  private async purge(chain: number): Promise<number> {
    let purged = 0;
    for (;;) {
      requireNoForeignTransaction(this.options.dataSource);
      const checkpoint = await this.unfinished(chain);
      if (checkpoint !== undefined) {
        await this.finish(checkpoint);
        purged += checkpoint.purgedCount;
      } else if (!(await this.begin(chain))) return purged;
    }
  }

  /** The latest checkpoint, if rows that it stands for are still there. */
  private async unfinished(chain: number): Promise<AuditCheckpointRow | undefined> {
    const { manager } = this.options.dataSource;
    const latest = await manager.findOne(AuditCheckpointRow, {
      where: { chain },
      order: { upToSeq: 'DESC' },
    });
    if (latest === null) return undefined;
    const chainSeq = LessThanOrEqual(latest.upToSeq);
    return (await manager.existsBy(AuditEventRow, { chain, chainSeq })) ? latest : undefined;
  }

  /** Writes the checkpoint of the chain's next batch; false: nothing more is old enough. */
  private async begin(chain: number): Promise<boolean> {
    const { dataSource, keys, retentionMs } = this.options;
    const at = this.clock.now();
    const first = await dataSource.manager.find(AuditEventRow, {
      select: { chain: true, chainSeq: true, recordedAt: true, hash: true },
      where: { chain },
      order: { chainSeq: 'ASC' },
      take: BATCH,
    });
    const young = first.findIndex(({ recordedAt }) => recordedAt >= at - retentionMs);
    const old = young === -1 ? first : first.slice(0, young);
    const last = old.at(-1);
    if (last === undefined) return false;
    const [{ keyId }] = keys;
    const { chainSeq: upToSeq, hash } = last;
    const unsigned = { chain, upToSeq, hash, purgedCount: old.length, at, keyId };
    await this.write({ ...unsigned, hmac: checkpointHmacOf(unsigned, keys[0]) });
    return true;
  }

  /** Another process may have written the same one; which of the two stays does not matter. */
  private async write(checkpoint: AuditCheckpointRow): Promise<void> {
    try {
      await this.options.dataSource.manager.insert(AuditCheckpointRow, checkpoint);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  private async finish(checkpoint: AuditCheckpointRow): Promise<void> {
    const { manager } = this.options.dataSource;
    const { chain, upToSeq } = checkpoint;
    await this.record(checkpoint);
    await manager.delete(AuditEventRow, { chain, chainSeq: LessThanOrEqual(upToSeq) });
    await manager.delete(AuditCheckpointRow, { chain, upToSeq: LessThan(upToSeq) });
  }

  /** The event id follows from the checkpoint, so that a repeated purge is one event. */
  private async record({ chain, upToSeq, purgedCount, at }: AuditCheckpointRow): Promise<void> {
    const { store, retentionMs } = this.options;
    const now = this.clock.now() + store.clockOffsetMs;
    await store.append(
      chain,
      { type: 'audit.purged' },
      {
        eventId: `audit-purged-${chain}-${upToSeq}`,
        now,
        deadline: now + APPEND_TIMEOUT_MS,
        context: {
          initiator: 'policy',
          details: { chain, count: purgedCount, before: at - retentionMs },
        },
      },
    );
  }
}
