import {
  Controller,
  Get,
  Inject,
  NotFoundException,
  Optional,
  Query,
  UseGuards,
} from '@nestjs/common';
import { AUDIT_QUERY, type AuditQuery } from '../audit/audit-query.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import type { ListView } from '../nest/self-service.controller.js';
import { AdminAccessGuard } from './admin-access.guard.js';
import { narrowToScope } from './admin-scope.js';
import { toAuditEventView, toListView, type AuditEventView } from './admin-views.js';
import { auditQuery } from './audit.input.js';
import { CurrentOperator, type Operator } from './operator.js';
import { parseInput } from './parse-input.js';

/** What has happened to sessions, newest first. */
@Controller()
@UseGuards(SessionGuard, AdminAccessGuard)
export class AdminAuditController {
  constructor(@Optional() @Inject(AUDIT_QUERY) private readonly audit?: AuditQuery) {}

  @Get('audit')
  async find(
    @CurrentOperator() { scope }: Operator,
    @Query() query: unknown,
  ): Promise<ListView<AuditEventView>> {
    if (!this.audit) throw new NotFoundException('No audit is kept; SessionAuditModule keeps one');
    const { limit, cursor, ...conditions } = parseInput(auditQuery, query);
    const page = parsePageQuery({ limit, cursor });
    const filter = narrowToScope(conditions, scope);
    const found = filter ? await this.audit.find(filter, page) : { items: [] };
    return toListView(found, toAuditEventView);
  }
}
