import { Controller, Get, Inject, Param, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isoTime } from '../core/iso-time.js';
import { Passive } from '../nest/decorators/passive.decorator.js';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { SERVED_PAGE, type ServedPage } from '../nest/pages/served-page.js';
import { SignInFilter } from '../nest/pages/sign-in.filter.js';
import type { SessionModuleOptions } from '../nest/session-module.options.js';
import { SessionService } from '../nest/session.service.js';
import { SESSION_OPTIONS } from '../nest/session.tokens.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import type { OperatorView } from './admin-page.view.js';
import { CurrentOperator, type Operator } from './operator.js';

/** The operators' page, its files, and whom it is shown to. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard)
export class AdminPageController {
  constructor(
    @Inject(SERVED_PAGE) private readonly page: ServedPage,
    private readonly sessions: SessionService,
    @Inject(SESSION_OPTIONS) private readonly options: SessionModuleOptions,
  ) {}

  @Get()
  @UseFilters(SignInFilter)
  document(@Req() request: Request, @Res() response: Response): void {
    this.page.sendDocument(request, response);
  }

  @Get('assets/:name')
  @Passive()
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    this.page.sendAsset(name, request, response);
  }

  /** Who looks, at what at most, and until when without doing anything. */
  @Get('me')
  @Passive()
  me(@CurrentOperator() { session, scope }: Operator, @Req() request: Request): OperatorView {
    return {
      userId: session.userId,
      tenantId: session.tenantId,
      sessionId: session.id,
      scope: scope === 'all' ? null : scope.tenantId,
      now: isoTime(this.sessions.now()),
      idleExpiresAt: isoTime(session.idleExpiresAt),
      absoluteExpiresAt: isoTime(session.absoluteExpiresAt),
      ...(this.options.csrf?.token && { csrfToken: this.sessions.csrfToken(request) }),
    };
  }
}
