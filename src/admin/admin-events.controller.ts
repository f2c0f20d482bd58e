import { Controller, Inject, Req, Sse, UseGuards, type MessageEvent } from '@nestjs/common';
import type { Request } from 'express';
import { concatMap, type Observable } from 'rxjs';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import { AdminEvents } from './admin-events.js';
import { isInScope, scopeOfOperator, type AdminScope } from './admin-scope.js';
import type { AdminEventView } from './admin-views.js';
import { CurrentOperator, type Operator } from './operator.js';
import { ADMIN_SCOPE, type SessionAdminSettings } from './session-admin.options.js';

/** For how long what the application answered about an operator's scope is believed in a stream. */
const SCOPE_GOOD_FOR_MS = 1_000;

/** What happens to sessions, as it happens. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard)
export class AdminEventsController {
  constructor(
    private readonly events: AdminEvents,
    @Inject(ADMIN_SCOPE) private readonly scope: SessionAdminSettings['scope'],
  ) {}

  /**
   * A stream, which is no activity. The scope is asked about anew for each message, once a second
   * at most; where that is refused the stream ends. It ends with the operator's session, too.
   */
  @Sse('events')
  stream(@CurrentOperator() operator: Operator, @Req() request: Request): Observable<MessageEvent> {
    let scope = operator.scope;
    let askedAt = performance.now();
    const scopeNow = async (): Promise<AdminScope> => {
      if (performance.now() - askedAt < SCOPE_GOOD_FOR_MS) return scope;
      scope = await scopeOfOperator(this.scope, operator.session, request);
      askedAt = performance.now();
      return scope;
    };
    return this.events.all$.pipe(
      concatMap(async (view) => (isVisible(view, await scopeNow()) ? [{ data: view }] : [])),
      concatMap((messages) => messages),
    );
  }
}

function isVisible(view: AdminEventView, scope: AdminScope): boolean {
  if (view.kind === 'alive' || view.kind === 'resync') return true;
  return isInScope(view.tenantId ?? undefined, scope);
}
