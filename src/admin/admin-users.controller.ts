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
import type { SessionInfo } from '../core/session-info.js';
import type { Page } from '../core/session-store.js';
import type { SessionView } from '../core/directory/session-view.js';
import { isoTime } from '../core/iso-time.js';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { CsrfGuard } from '../nest/guards/csrf.guard.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import type { ListView } from '../nest/self-service-views.js';
import { SessionService } from '../nest/session.service.js';
import { SessionViews } from '../nest/session-views.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import { userInScope } from './admin-scope.js';
import type { BlockView, EndedView } from './admin-views.js';
import { CurrentOperator, causeBy, type Operator } from './operator.js';
import { parseInput, parseQueryAndBody } from './parse-input.js';
import {
  blockBody,
  blockQuery,
  endAllInput,
  unblockInput,
  userParams,
  userSessionsQuery,
} from './user.input.js';

/** The sessions of one user. Where no tenant is named it is the scope's, or the empty one. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard, CsrfGuard)
export class AdminUsersController {
  constructor(
    private readonly sessions: SessionService,
    private readonly views: SessionViews,
  ) {}

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
    const found: Page<SessionInfo> = user ? await this.sessions.list(user, page) : { items: [] };
    return {
      items: await this.views.all(found.items, session.id),
      nextCursor: found.nextCursor ?? null,
    };
  }

  @Delete('users/:userId/sessions')
  async revokeAll(
    @CurrentOperator() operator: Operator,
    @Param() params: unknown,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<EndedView> {
    const { userId } = parseInput(userParams, params);
    const { tenantId, reason, except, before } = parseQueryAndBody(endAllInput, query, body);
    const user = userInScope({ userId, tenantId }, operator.scope);
    const ended = user
      ? await this.sessions.revokeAll(user, {
          ...causeBy(operator, reason),
          ...(except && { except }),
          ...(before !== undefined && { before }),
        })
      : [];
    return { ended: ended.length };
  }

  /** One who is unknown is not blocked. */
  @Get('users/:userId/block')
  async blocked(
    @CurrentOperator() { scope }: Operator,
    @Param() params: unknown,
    @Query() query: unknown,
  ): Promise<BlockView> {
    const { userId } = parseInput(userParams, params);
    const { tenantId } = parseInput(blockQuery, query);
    const user = userInScope({ userId, tenantId }, scope);
    const until = user && (await this.sessions.blockedUntil(user));
    return {
      tenantId: user?.tenantId ?? tenantId ?? '',
      userId,
      blockedUntil: until === undefined ? null : isoTime(until),
    };
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
    const { until, reason = 'blocked-by-admin', ...named } = parseInput(blockBody, body);
    await this.setBlock(operator, { userId, ...named }, until, reason);
  }

  @Delete('users/:userId/block')
  @HttpCode(204)
  async unblock(
    @CurrentOperator() operator: Operator,
    @Param() params: unknown,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<void> {
    const { userId } = parseInput(userParams, params);
    const input = parseQueryAndBody(unblockInput, query, body);
    const { reason = 'unblocked-by-admin', ...named } = input;
    await this.setBlock(operator, { userId, ...named }, 0, reason);
  }

  private async setBlock(
    operator: Operator,
    named: Parameters<typeof userInScope>[0],
    until: number,
    reason: string,
  ): Promise<void> {
    const user = userInScope(named, operator.scope);
    if (!user) throw new SessionNotFoundError();
    await this.sessions.block(user, until, causeBy(operator, reason));
  }
}
