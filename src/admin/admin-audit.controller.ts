import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Controller,
  Get,
  Inject,
  NotFoundException,
  Optional,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { AUDIT_QUERY, type AuditQuery, type AuditView } from '../audit/audit-query.js';
import { AUDIT_REPORTS, type AuditReports } from '../audit/audit-reports.js';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import type { ListView } from '../nest/self-service-views.js';
import { SessionService } from '../nest/session.service.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import { narrowToScope } from './admin-scope.js';
import type { AuditEventView, AuditHistogramView } from './admin-views.js';
import { readHistogram } from './audit-histogram.js';
import { CONTENT_TYPES, linesOf } from './audit-lines.js';
import { auditQuery, exportQuery, histogramQuery } from './audit.input.js';
import { CurrentOperator, type Operator } from './operator.js';
import { parseInput } from './parse-input.js';
import { toAuditEventView, toListView } from './to-views.js';

/** What has happened to sessions. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard)
export class AdminAuditController {
  constructor(
    private readonly sessions: SessionService,
    @Optional() @Inject(AUDIT_QUERY) private readonly audit?: AuditQuery,
    @Optional() @Inject(AUDIT_REPORTS) private readonly reports?: AuditReports,
  ) {}

  /** Newest first. */
  @Get('audit')
  async find(
    @CurrentOperator() { scope }: Operator,
    @Query() query: unknown,
  ): Promise<ListView<AuditEventView>> {
    const audit = requireAudit(this.audit);
    const { limit, cursor, ...conditions } = parseInput(auditQuery, query);
    const page = parsePageQuery({ limit, cursor });
    const filter = narrowToScope(conditions, scope);
    const found = filter ? await audit.find(filter, page) : { items: [] };
    return toListView(found, toAuditEventView);
  }

  /** How many there are, over time. */
  @Get('audit/histogram')
  histogram(
    @CurrentOperator() { scope }: Operator,
    @Query() query: unknown,
  ): Promise<AuditHistogramView> {
    const reports = requireAudit(this.reports);
    const { bucketMs, ...conditions } = parseInput(histogramQuery, query);
    const filter = narrowToScope(conditions, scope);
    return readHistogram(filter ? reports : NOTHING, {
      filter: conditions,
      ...(filter && { filter }),
      bucketMs,
      now: this.sessions.now(),
    });
  }

  /**
   * All that match, oldest first, as they are read. What fails before the first is an answer of its
   * own; what fails in the midst is cut off.
   */
  @Get('audit/export')
  async export(
    @CurrentOperator() { scope }: Operator,
    @Query() query: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const reports = requireAudit(this.reports);
    const { format, ...conditions } = parseInput(exportQuery, query);
    const filter = narrowToScope(conditions, scope);
    const events = await begun((filter ? reports : NOTHING).export(filter ?? {}));
    await this.sessions.bindResponse(request, response);
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    response.setHeader('Content-Disposition', `attachment; filename="audit.${format}"`);
    const lines = linesOf(viewsOf(events), format);
    // The client is gone, or has been given half: there is nobody to tell but by cutting.
    await pipeline(Readable.from(lines), response).catch(() => response.destroy());
  }
}

/** Of a filter that is out of scope. */
const NOTHING: Pick<AuditReports, 'tally' | 'export'> = {
  tally: () => Promise.resolve([]),
  async *export() {},
};

/** The same, with the first of them there already; rejects with what kept it from coming. */
async function begun<Item>(items: AsyncIterable<Item>): Promise<AsyncGenerator<Item>> {
  const rest = items[Symbol.asyncIterator]();
  const first = await rest.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  })();
}

async function* viewsOf(events: AsyncIterable<AuditView>): AsyncGenerator<AuditEventView> {
  for await (const event of events) yield toAuditEventView(event);
}

function requireAudit<Audit>(audit: Audit | undefined): Audit {
  if (!audit) throw new NotFoundException('No audit is kept; SessionAuditModule keeps one');
  return audit;
}
