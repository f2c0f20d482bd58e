import type { DataSource, SelectQueryBuilder } from 'typeorm';
import type { Page, PageRequest } from '../core/session-store.js';
import { decodeCursor, encodeCursor, type AuditPoint } from './audit-cursor.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditFilter, AuditQuery, AuditView } from './audit-query.js';
import { checkAuditFilter, typesOf } from './check-audit-filter.js';

const EQUAL = ['tenantId', 'userId', 'sessionId', 'initiator', 'outcome'] as const;

/** Comes after the point on a page. */
const OLDER = `(row.occurredAt < :occurredAt
  OR (row.occurredAt = :occurredAt AND row.chain < :chain)
  OR (row.occurredAt = :occurredAt AND row.chain = :chain AND row.chainSeq < :chainSeq))`;

export class SqlAuditQuery implements AuditQuery {
  constructor(private readonly dataSource: DataSource) {}

  async find(filter: AuditFilter, page: PageRequest): Promise<Page<AuditView>> {
    checkAuditFilter(filter, page);
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
    const rows = await this.select(filter, after, page.limit + 1);
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    const isLastPage = rows.length <= page.limit || last === undefined;
    return {
      items: items.map(toAuditView),
      ...(!isLastPage && { nextCursor: encodeCursor(last) }),
    };
  }

  private select(
    filter: AuditFilter,
    after: AuditPoint | undefined,
    limit: number,
  ): Promise<AuditEventRow[]> {
    const rows = this.dataSource.manager
      .createQueryBuilder(AuditEventRow, 'row')
      .orderBy({ 'row.occurredAt': 'DESC', 'row.chain': 'DESC', 'row.chainSeq': 'DESC' })
      .limit(limit);
    narrow(rows, filter);
    if (after !== undefined) rows.andWhere(OLDER, { ...after });
    return rows.getMany();
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
