import { In, type DataSource, type EntityTarget } from 'typeorm';
import { isSameAnchor, type AuditAnchor } from '../core/audit/audit-anchor.js';
import { cleanText } from '../core/audit/audit-text.js';
import type { AuditEvent } from '../core/audit/audit-event.js';
import type { Clock } from '../core/clock.js';
import type { AddressPrivacy } from './audit-address.js';
import { chainRows, GENESIS, type ChainTip } from './audit-chain.js';
import { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditKeyRing } from './audit-key-ring.js';
import { AuditPages } from './audit-pages.js';
import { AuditRejectedRow } from './audit-rejected-row.entity.js';
import { toUnchainedRow, withPrivacy } from './audit-row.js';
import { AuditSeals } from './audit-seals.js';
import { insertRows } from './insert-rows.js';
import {
  ForeignTransactionError,
  hasOneConnection,
  requireNoForeignTransaction,
} from './one-connection.js';
import { errorCodeOf, isDeadlock, isDuplicateKey, isRefusedContent } from './sql-errors.js';

export interface AuditJournalOptions {
  readonly dataSource: DataSource;
  readonly keys: AuditKeyRing;
  readonly addressPrivacy: AddressPrivacy;
  readonly clock: Clock;
}

const MAX_ATTEMPTS = 10;
const MAX_PAYLOAD = 16_000;
const MAX_SHORT = 64;

/** Rows that went into a chain together, though others may have come between them. */
interface ChainStretch {
  /** What the first of them was put behind. */
  readonly before: ChainTip;
  /** The last of them. */
  readonly tip: ChainTip;
}

export interface Appended extends ChainStretch {
  /** How many went to `audit_rejected` now. */
  readonly rejected: number;
}

/** The SQL end of the relay. Any number of them may write one chain: it stays whole and in order. */
export class AuditJournal {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;
  private readonly pages: AuditPages;
  private readonly seals: AuditSeals;

  constructor(private readonly options: AuditJournalOptions) {
    this.dataSource = options.dataSource;
    this.clock = options.clock;
    this.pages = new AuditPages(options.dataSource);
    this.seals = new AuditSeals(options.keys);
  }

  /**
   * Puts events behind a chain, in their order; those already there are passed over. An event
   * that the database refuses for its content goes to `audit_rejected`. Safe to repeat: where
   * nothing was put anywhere, both ends of the answer are the chain's. Rejects when the database
   * fails: some may be in then.
   */
  async append(chain: number, events: readonly AuditEvent[]): Promise<Appended> {
    requireNoForeignTransaction(this.dataSource);
    const kept = events.map((event) => withPrivacy(event, this.options.addressPrivacy));
    const distinct = [...new Map(kept.map((event) => [event.eventId, event])).values()];
    const appended = await this.appendOrReject(chain, distinct);
    await this.requireWritten(distinct);
    return appended;
  }

  /**
   * Whether the chain came by the first place on its way to the second. Rows between the two that
   * nobody with a key has written, or linked, break it. What was purged is taken to have been as
   * the first place says, unless the checkpoint is of that very row.
   */
  async leads(chain: number, from: AuditAnchor, to: AuditAnchor): Promise<boolean> {
    if (await this.isPurged(chain, from)) return true;
    let last: ChainTip | undefined;
    for await (const rows of this.pages.ofChain(chain, from.chainSeq - 1))
      for (const row of rows) {
        const isLinked = last === undefined ? isSameAnchor(row, from) : isBehind(last, row);
        if (!isLinked || !this.seals.isGenuine(row)) return false;
        if (row.chainSeq === to.chainSeq) return row.hash === to.hash;
        last = row;
      }
    return false;
  }

  private async isPurged(chain: number, { chainSeq, hash }: AuditAnchor): Promise<boolean> {
    const checkpoints = await this.pages.checkpoints(chain);
    const latest = checkpoints.findLast((checkpoint) => this.seals.isGenuineCheckpoint(checkpoint));
    if (latest === undefined || latest.upToSeq < chainSeq) return false;
    return latest.upToSeq > chainSeq || latest.hash === hash;
  }

  private async appendOrReject(chain: number, events: readonly AuditEvent[]): Promise<Appended> {
    try {
      return { rejected: 0, ...(await this.appendFenced(chain, events)) };
    } catch (error) {
      if (!isRefusedContent(error)) throw error;
      if (events.length === 1) return this.reject(chain, events[0]!, error);
      const middle = Math.ceil(events.length / 2);
      const first = await this.appendOrReject(chain, events.slice(0, middle));
      const second = await this.appendOrReject(chain, events.slice(middle));
      return {
        rejected: first.rejected + second.rejected,
        before: first.before,
        tip: second.tip,
      };
    }
  }

  /** The chain's primary key tells that another writer was here first; then look again. */
  private async appendFenced(chain: number, events: readonly AuditEvent[]): Promise<ChainStretch> {
    let missing = events;
    for (let attempt = 1; missing.length > 0; attempt += 1) {
      try {
        return await this.insertBehind(chain, await this.tipOf(chain), missing);
      } catch (error) {
        if (!(isDuplicateKey(error) || isDeadlock(error)) || attempt === MAX_ATTEMPTS) throw error;
        const present = await this.presentIn(
          AuditEventRow,
          missing.map(({ eventId }) => eventId),
        );
        missing = missing.filter(({ eventId }) => !present.has(eventId));
      }
    }
    return this.standstill(chain);
  }

  private async standstill(chain: number): Promise<ChainStretch> {
    const tip = await this.tipOf(chain);
    return { before: tip, tip };
  }

  /** The rows first: a purge writes its checkpoint before it deletes, so one of the two is seen. */
  private async tipOf(chain: number): Promise<ChainTip> {
    const { manager } = this.dataSource;
    const last = await manager.findOne(AuditEventRow, {
      select: { chain: true, chainSeq: true, hash: true },
      where: { chain },
      order: { chainSeq: 'DESC' },
    });
    if (last !== null) return last;
    const checkpoint = await this.checkpointOf(chain);
    return checkpoint === null ? GENESIS : { chainSeq: checkpoint.upToSeq, hash: checkpoint.hash };
  }

  private checkpointOf(chain: number): Promise<AuditCheckpointRow | null> {
    return this.dataSource.manager.findOne(AuditCheckpointRow, {
      where: { chain },
      order: { upToSeq: 'DESC' },
    });
  }

  /** One statement, so that a batch is there as a whole or not at all, without a transaction. */
  private async insertBehind(
    chain: number,
    tip: ChainTip,
    events: readonly AuditEvent[],
  ): Promise<ChainStretch> {
    const recordedAt = this.clock.now();
    const unchained = events.map((event) => toUnchainedRow(event, recordedAt));
    const rows = chainRows(chain, tip, unchained, this.options.keys[0]);
    await insertRows(this.dataSource, AuditEventRow, rows);
    return { before: tip, tip: rows.at(-1)! };
  }

  private async reject(chain: number, event: AuditEvent, error: unknown): Promise<Appended> {
    const isNew = await this.putAside(chain, event, error);
    return { rejected: isNew ? 1 : 0, ...(await this.standstill(chain)) };
  }

  private async putAside(chain: number, event: AuditEvent, error: unknown): Promise<boolean> {
    const row: AuditRejectedRow = {
      eventId: rejectedIdOf(event),
      chain,
      type: cleanText(String(event.type), MAX_SHORT),
      occurredAt: Number.isSafeInteger(event.occurredAt) ? event.occurredAt : 0,
      payload: cleanText(JSON.stringify(event), MAX_PAYLOAD),
      errorCode: cleanText(errorCodeOf(error), MAX_SHORT),
      rejectedAt: this.clock.now(),
    };
    try {
      await insertRows(this.dataSource, AuditRejectedRow, [row]);
      return true;
    } catch (failure) {
      if (isDuplicateKey(failure)) return false;
      throw failure;
    }
  }

  /** Only a database with one connection can take back what it said it had written. */
  private async requireWritten(events: readonly AuditEvent[]): Promise<void> {
    if (!hasOneConnection(this.dataSource)) return;
    requireNoForeignTransaction(this.dataSource);
    const present = await this.presentIn(
      AuditEventRow,
      events.map(({ eventId }) => eventId),
    );
    const absent = events.filter(({ eventId }) => !present.has(eventId)).map(rejectedIdOf);
    const rejected = await this.presentIn(AuditRejectedRow, absent);
    if (absent.some((eventId) => !rejected.has(eventId))) throw new ForeignTransactionError();
  }

  private async presentIn(
    entity: EntityTarget<{ readonly eventId: string }>,
    eventIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    if (eventIds.length === 0) return new Set();
    const rows = await this.dataSource.manager.findBy(entity, { eventId: In(eventIds) });
    return new Set(rows.map(({ eventId }) => eventId));
  }
}

const rejectedIdOf = ({ eventId }: AuditEvent): string => cleanText(String(eventId), MAX_SHORT);

const isBehind = (last: ChainTip, row: AuditEventRow): boolean =>
  row.chainSeq === last.chainSeq + 1 && row.previousHash === last.hash;
