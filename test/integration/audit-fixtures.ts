import type { DataSource } from 'typeorm';
import { personalDigestOf, rowHashOf } from '../../src/audit/audit-chain.js';
import { AuditEventRow } from '../../src/audit/audit-event-row.entity.js';
import { AuditJournal } from '../../src/audit/audit-journal.js';
import type { AuditKey, AuditKeyRing } from '../../src/audit/audit-key-ring.js';
import { AuditReader } from '../../src/audit/audit-reader.js';
import { AuditRelay, type AuditOutbox } from '../../src/audit/audit-relay.js';
import { SqlAuditQuery } from '../../src/audit/sql-audit-query.js';
import type { AuditAnchor } from '../../src/core/audit/audit-anchor.js';
import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { systemClock } from '../../src/core/clock.js';
import type { OutboxEntry, OutboxState } from '../../src/core/session-store.js';

export { openAuditDatabase, type AuditDatabase } from './audit-database.js';

export const KEY: AuditKey = { keyId: 'k1', key: 'a key of thirty-two bytes at least' };
export const NOON = Date.UTC(2026, 10, 2, 12);

export const anEvent = (number: number, changes: Partial<AuditEvent> = {}): AuditEvent => ({
  eventId: `event-${String(number).padStart(5, '0')}`,
  type: 'session.created',
  occurredAt: NOON + number,
  outcome: 'success',
  initiator: 'user',
  tenantId: '',
  userId: 'ada',
  ...changes,
});

export const someEvents = (count: number): AuditEvent[] =>
  Array.from({ length: count }, (_, index) => anEvent(index + 1));

/** An outbox whose events need not have been cleaned by anybody. */
export class ListOutbox implements AuditOutbox {
  private readonly entries: OutboxEntry[][];
  private readonly anchors: AuditAnchor[] = [];

  constructor(readonly shards = 1) {
    this.entries = Array.from({ length: shards }, () => []);
  }

  add(shard: number, events: readonly AuditEvent[]): void {
    const keyed = events.map((event, index) => ({ key: `${event.eventId}/${index}`, event }));
    this.entries[shard]!.push(...keyed);
  }

  async readOutbox(shard: number, limit: number): Promise<readonly OutboxEntry[]> {
    return this.entries[shard]!.slice(0, limit);
  }

  async acknowledge(shard: number, keys: readonly string[]): Promise<void> {
    const gone = new Set(keys);
    this.entries[shard] = this.entries[shard]!.filter(({ key }) => !gone.has(key));
  }

  async outboxState(shard: number): Promise<OutboxState> {
    const [oldest] = this.entries[shard]!;
    return {
      entries: this.entries[shard]!.length,
      bytes: 0,
      ...(oldest !== undefined && { oldestAt: oldest.event.occurredAt }),
    };
  }

  async readAnchor(shard: number): Promise<AuditAnchor | undefined> {
    return this.anchors[shard];
  }

  async anchor(shard: number, from: AuditAnchor | undefined, to: AuditAnchor): Promise<boolean> {
    const present = this.anchors[shard];
    const isExpected = [undefined, from?.hash, to.hash].includes(present?.hash);
    if (isExpected) this.anchors[shard] = to;
    return isExpected;
  }
}

export const journalOn = (
  dataSource: DataSource,
  clock = systemClock,
  keys: AuditKeyRing = [KEY],
): AuditJournal => new AuditJournal({ dataSource, keys, addressPrivacy: 'full', clock });

export const silentLogger = { log: () => {}, warn: () => {} };

export const queryOn = (dataSource: DataSource, timeoutMs = 10_000): SqlAuditQuery =>
  new SqlAuditQuery(dataSource, new AuditReader({ timeoutMs, logger: silentLogger }));

export const relayInto = (
  journal: Pick<AuditJournal, 'append' | 'leads'>,
  outbox: AuditOutbox,
  clock = systemClock,
): AuditRelay =>
  new AuditRelay({ outbox, journal, pollIntervalMs: 1_000, clock, logger: silentLogger });

export const relayOf = (outbox: AuditOutbox, dataSource: DataSource): AuditRelay =>
  relayInto(journalOn(dataSource), outbox);

export const chainOf = (dataSource: DataSource, chain: number): Promise<AuditEventRow[]> =>
  dataSource.manager.find(AuditEventRow, { where: { chain }, order: { chainSeq: 'ASC' } });

/** Recomputes every digest from the rows as they were read back. */
export function expectWholeChain(rows: readonly AuditEventRow[], key: AuditKey = KEY): void {
  const previous = [{ chainSeq: 0, hash: '' }, ...rows];
  expect(rows.map(({ chainSeq }) => chainSeq)).toEqual(
    previous.slice(0, -1).map(({ chainSeq }) => chainSeq + 1),
  );
  expect(rows.map(({ previousHash }) => previousHash)).toEqual(
    previous.slice(0, -1).map(({ hash }) => hash),
  );
  expect(rows.map(({ hash }) => hash)).toEqual(rows.map((row) => rowHashOf(row, key)));
  expect(rows.map(({ personalDigest }) => personalDigest)).toEqual(
    rows.map((row) => personalDigestOf(row, key)),
  );
}
