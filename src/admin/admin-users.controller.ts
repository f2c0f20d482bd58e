import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { SessionNotFoundError } from '../core/errors.js';
import { toSessionView, type SessionView } from '../core/session-view.js';
import { CsrfGuard } from '../nest/guards/csrf.guard.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import type { ListView } from '../nest/self-service.controller.js';
import { SessionService } from '../nest/session.service.js';
import { AdminAccessGuard } from './admin-access.guard.js';
import { userInScope } from './admin-scope.js';
import { toListView, type EndedView } from './admin-views.js';
import { CurrentOperator, causeBy, type Operator } from './operator.js';
import { parseInput, parseQueryAndBody } from './parse-input.js';
import { blockBody, endAllInput, userParams, userSessionsQuery } from './user.input.js';

/** The sessions of one user. Where no tenant is named it is the scope's, or the empty one. */
@Controller()
@UseGuards(SessionGuard, AdminAccessGuard, CsrfGuard)
export class AdminUsersController {
  constructor(private readonly sessions: SessionService) {}

  /** Oldest first. */
  @Get('users/:userId/sessions')
  async list(
    @CurrentOperator() { session, scope }: Operator,
    @Param() params: unknown,
    @Query() query: unknown,
  ): Promise<ListView<SessionView>> {
    const { userId } = parseInput(userParams, params);
    const { tenantId, limit, cursor } = parseInput(userSessionsQuery, query);
    const page = parsePageQuery({ limit, cursor });
    const user = userInScope({ userId, tenantId }, scope);
    const found = user ? await this.sessions.list(user, page) : { items: [] };
    return toListView(found, (item) => toSessionView(item, session.id));
  }

  @Delete('users/:userId/sessions')
  async revokeAll(
    @CurrentOperator() operator: Operator,
    @Param() params: unknown,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<EndedView> {
    const { userId } = parseInput(userParams, params);
    const { tenantId, reason } = parseQueryAndBody(endAllInput, query, body);
    const user = userInScope({ userId, tenantId }, operator.scope);
    const ended = user ? await this.sessions.revokeAll(user, causeBy(operator, reason)) : [];
    return { ended: ended.length };
  }

  /** Refuses logins of the user until the instant; one that has passed lifts the block. */
  @Post('users/:userId/block')
  @HttpCode(204)
  async block(
    @CurrentOperator() operator: Operator,
    @Param() params: unknown,
    @Body() body: unknown = {},
  ): Promise<void> {
    const { userId } = parseInput(userParams, params);
    const { tenantId, until, reason = 'blocked-by-admin' } = parseInput(blockBody, body);
    const user = userInScope({ userId, tenantId }, operator.scope);
    if (!user) throw new SessionNotFoundError();
    await this.sessions.block(user, until, causeBy(operator, reason));
  }
}
