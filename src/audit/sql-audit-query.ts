import type { DataSource, SelectQueryBuilder } from 'typeorm';
import type { AuditEvent, AuditEventType } from '../core/audit/audit-event.js';
import { SessionInputInvalidError } from '../core/errors.js';
import { requirePageLimit } from '../core/directory/page-limit.js';
import type { Page, PageRequest } from '../core/session-store.js';
import { decodeCursor, encodeCursor, type AuditPoint } from './audit-cursor.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditFilter, AuditQuery, AuditView } from './audit-query.js';
import type { AuditReader } from './audit-reader.js';
import type { AuditTally, AuditTrait } from './audit-reports.js';
import { checkAuditFilter, typesOf } from './check-audit-filter.js';

const EQUAL = ['tenantId', 'userId', 'sessionId', 'initiator', 'outcome'] as const;

/** The bound on the time alone is what an index can be entered by. */
const BEHIND = {
  DESC: `row.occurredAt <= :occurredAt AND (row.occurredAt < :occurredAt OR row.chain < :chain
    OR (row.chain = :chain AND row.chainSeq < :chainSeq))`,
  ASC: `row.occurredAt >= :occurredAt AND (row.occurredAt > :occurredAt OR row.chain > :chain
    OR (row.chain = :chain AND row.chainSeq > :chainSeq))`,
} as const;

/** Rows that an export has in memory at once. */
const EXPORT_PAGE = 500;

export class SqlAuditQuery implements AuditQuery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: AuditReader,
  ) {}

  async find(filter: AuditFilter, page: PageRequest): Promise<Page<AuditView>> {
    checkAuditFilter(filter);
    requirePageLimit(page.limit);
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
    const rows = await this.select(filter, 'DESC', after, page.limit + 1);
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    const isLastPage = rows.length <= page.limit || last === undefined;
    return {
      items: items.map(toAuditView),
      ...(!isLastPage && { nextCursor: encodeCursor(last) }),
    };
  }

  /** Oldest first, a page in memory at a time. @throws SessionInputInvalidError */
  async *export(filter: AuditFilter): AsyncGenerator<AuditView> {
    checkAuditFilter(filter);
    let rows: readonly AuditEventRow[] = [];
    do {
      rows = await this.select(filter, 'ASC', rows.at(-1), EXPORT_PAGE);
      for (const row of rows) yield toAuditView(row);
    } while (rows.length === EXPORT_PAGE);
  }

  async tally(
    filter: AuditFilter,
    bucketMs: number,
    traits: readonly AuditTrait[],
  ): Promise<readonly AuditTally[]> {
    checkAuditFilter(filter);
    if (!Number.isSafeInteger(bucketMs) || bucketMs < 1)
      throw new SessionInputInvalidError('bucketMs', 'must be a whole number of at least 1');
    const start = `row.occurredAt - row.occurredAt % ${bucketMs}`;
    const rows = this.dataSource.manager
      .createQueryBuilder(AuditEventRow, 'row')
      .select(start, 'start')
      .addSelect('COUNT(*)', 'count')
      .groupBy(start)
      .orderBy('start', 'ASC');
    for (const trait of traits) rows.addSelect(`row.${trait}`, trait).addGroupBy(`row.${trait}`);
    narrow(rows, filter);
    const raw = await this.reader.ask('tally', () => rows.getRawMany<RawTally>());
    return raw.map(toTally);
  }

  private select(
    filter: AuditFilter,
    order: keyof typeof BEHIND,
    after: AuditPoint | undefined,
    limit: number,
  ): Promise<AuditEventRow[]> {
    const rows = this.dataSource.manager
      .createQueryBuilder(AuditEventRow, 'row')
      .orderBy({ 'row.occurredAt': order, 'row.chain': order, 'row.chainSeq': order })
      .limit(limit);
    narrow(rows, filter);
    if (after !== undefined) {
      const { occurredAt, chain, chainSeq } = after;
      rows.andWhere(BEHIND[order], { occurredAt, chain, chainSeq });
    }
    return this.reader.ask('find', () => rows.getMany());
  }
}

function narrow(rows: SelectQueryBuilder<AuditEventRow>, filter: AuditFilter): void {
  for (const name of EQUAL)
    if (filter[name] !== undefined)
      rows.andWhere(`row.${name} = :${name}`, { [name]: filter[name] });
  const types = typesOf(filter);
  if (types?.length === 0) rows.andWhere('1 = 0');
  if (types !== undefined && types.length > 0) rows.andWhere('row.type IN (:...types)', { types });
  const { from, to } = filter;
  if (from !== undefined) rows.andWhere('row.occurredAt >= :from', { from });
  if (to !== undefined) rows.andWhere('row.occurredAt < :to', { to });
}

type RawTally = Readonly<Record<'start' | 'count', string | number>> &
  Readonly<Partial<Record<AuditTrait, string | null>>>;

/** Drivers hand 64-bit integers over as text. */
const toTally = ({ start, count, type, reason, outcome }: RawTally): AuditTally => ({
  from: Number(start),
  count: Number(count),
  ...(type != null && { type: type as AuditEventType }),
  ...(reason != null && { reason }),
  ...(outcome != null && { outcome: outcome as AuditEvent['outcome'] }),
});

/** Lists fields by hand: salts, digests and hashes stay inside. */
const toAuditView = (row: AuditEventRow): AuditView => ({
  eventId: row.eventId,
  type: row.type,
  occurredAt: row.occurredAt,
  recordedAt: row.recordedAt,
  outcome: row.outcome,
  initiator: row.initiator,
  chain: row.chain,
  chainSeq: row.chainSeq,
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.actorId !== null && { actorId: row.actorId }),
  ...(row.tenantId !== null && { tenantId: row.tenantId }),
  ...(row.userId !== null && { userId: row.userId }),
  ...(row.sessionId !== null && { sessionId: row.sessionId }),
  ...(row.requestId !== null && { requestId: row.requestId }),
  ...(row.ip !== null && { ip: row.ip }),
  ...(row.userAgent !== null && { userAgent: row.userAgent }),
  ...(row.methods !== null && { methods: row.methods }),
  ...(row.details !== null && { details: row.details }),
});
