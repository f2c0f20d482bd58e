import { Controller, Get, Header, Inject, Query, UseGuards } from '@nestjs/common';
import type { AuditEventType, Initiator } from '../core/audit/audit-event.js';
import { isoTime } from '../core/iso-time.js';
import { CurrentSession } from '../nest/decorators/current-session.decorator.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import type { ListView } from '../nest/self-service-views.js';
import { AUDIT_QUERY, type AuditQuery, type AuditView } from './audit-query.js';

/** What users see of an audit event of their own. Null where the event does not tell. @publicApi */
export interface OwnEventView {
  readonly eventId: string;
  readonly type: AuditEventType;
  readonly occurredAt: string;
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  /** `admin`: somebody else did it; who that is, only operators are told. */
  readonly initiator: Initiator;
  readonly sessionId: string | null;
  /** Null also where somebody else did it. */
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What has happened to one's own sessions (OWASP ASVS 5.0, 7.5.2). */
@Controller()
@UseGuards(SessionGuard)
export class OwnEventsController {
  constructor(@Inject(AUDIT_QUERY) private readonly audit: AuditQuery) {}

  /** Newest first. */
  @Get('session/events')
  @Header('Cache-Control', 'no-store')
  async list(
    @CurrentSession() { userId, tenantId }: CurrentSession,
    @Query('limit') limit: unknown,
    @Query('cursor') cursor: unknown,
  ): Promise<ListView<OwnEventView>> {
    const page = parsePageQuery({ limit, cursor });
    const { items, nextCursor } = await this.audit.find({ userId, tenantId }, page);
    return { items: items.map(toOwnEventView), nextCursor: nextCursor ?? null };
  }
}

/** Lists fields by hand, and keeps to itself where an operator sat. */
const toOwnEventView = (event: AuditView): OwnEventView => {
  const isOwnAct = event.initiator === 'user';
  return {
    eventId: event.eventId,
    type: event.type,
    occurredAt: isoTime(event.occurredAt),
    outcome: event.outcome,
    reason: event.reason ?? null,
    initiator: event.initiator,
    sessionId: event.sessionId ?? null,
    ip: (isOwnAct && event.ip) || null,
    userAgent: (isOwnAct && event.userAgent) || null,
  };
};
