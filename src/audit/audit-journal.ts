import { In, type DataSource, type EntityTarget } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { cleanText } from '../core/audit-text.js';
import type { AuditEvent } from '../core/audit-event.js';
import type { Clock } from '../core/clock.js';
import type { AddressPrivacy } from './audit-address.js';
import { chainRows, GENESIS, type ChainTip } from './audit-chain.js';
import { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditKeyRing } from './audit-key-ring.js';
import { AuditRejectedRow } from './audit-rejected-row.entity.js';
import { toUnchainedRow, withPrivacy } from './audit-row.js';
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

/** The SQL end of the relay. Any number of them may write one chain: it stays whole and in order. */
export class AuditJournal {
  private readonly dataSource: DataSource;
  private readonly clock: Clock;

  constructor(private readonly options: AuditJournalOptions) {
    this.dataSource = options.dataSource;
    this.clock = options.clock;
  }

  /**
   * Puts events behind a chain, in their order; those already there are passed over. An event
   * that the database refuses for its content goes to `audit_rejected`. Answers how many went
   * there now. Safe to repeat. Rejects when the database fails: some may be in then.
   */
  async append(chain: number, events: readonly AuditEvent[]): Promise<number> {
    requireNoForeignTransaction(this.dataSource);
    const kept = events.map((event) => withPrivacy(event, this.options.addressPrivacy));
    const distinct = [...new Map(kept.map((event) => [event.eventId, event])).values()];
    const rejected = await this.appendOrReject(chain, distinct);
    await this.requireWritten(distinct);
    return rejected;
  }

  private async appendOrReject(chain: number, events: readonly AuditEvent[]): Promise<number> {
    try {
      await this.appendFenced(chain, events);
      return 0;
    } catch (error) {
      if (!isRefusedContent(error)) throw error;
      if (events.length === 1) return this.reject(chain, events[0]!, error);
      const middle = Math.ceil(events.length / 2);
      const first = await this.appendOrReject(chain, events.slice(0, middle));
      return first + (await this.appendOrReject(chain, events.slice(middle)));
    }
  }

  /** The chain's primary key tells that another writer was here first; then look again. */
  private async appendFenced(chain: number, events: readonly AuditEvent[]): Promise<void> {
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
    const checkpoint = await manager.findOne(AuditCheckpointRow, {
      where: { chain },
      order: { upToSeq: 'DESC' },
    });
    return checkpoint === null ? GENESIS : { chainSeq: checkpoint.upToSeq, hash: checkpoint.hash };
  }

  /** One statement, so that a batch is there as a whole or not at all, without a transaction. */
  private async insertBehind(
    chain: number,
    tip: ChainTip,
    events: readonly AuditEvent[],
  ): Promise<void> {
    const recordedAt = this.clock.now();
    const unchained = events.map((event) => toUnchainedRow(event, recordedAt));
    const rows = chainRows(chain, tip, unchained, this.options.keys[0]);
    await this.insert(AuditEventRow, rows);
  }

  private async reject(chain: number, event: AuditEvent, error: unknown): Promise<number> {
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
      await this.insert(AuditRejectedRow, [row]);
      return 1;
    } catch (failure) {
      if (isDuplicateKey(failure)) return 0;
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

  private async insert<Row extends object>(
    entity: EntityTarget<Row>,
    rows: readonly Row[],
  ): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(rows as unknown as QueryDeepPartialEntity<Row>[])
      .updateEntity(false)
      .callListeners(false)
      .execute();
  }
}

const rejectedIdOf = ({ eventId }: AuditEvent): string => cleanText(String(eventId), MAX_SHORT);
