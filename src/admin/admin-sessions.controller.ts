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
import { parseSessionId } from '../core/ids.js';
import { toSessionView } from '../core/session-view.js';
import { CsrfGuard } from '../nest/guards/csrf.guard.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import { SessionService } from '../nest/session.service.js';
import { AdminAccessGuard } from './admin-access.guard.js';
import { toListView, type RevokeWhereView, type SessionSearchView } from './admin-views.js';
import { CurrentOperator, causeBy, type Operator } from './operator.js';
import { parseInput, parseQueryAndBody } from './parse-input.js';
import { endInput, revokeBody, sessionFilterIn, sessionsQuery } from './session.input.js';

/** Sessions of whichever user. */
@Controller()
@UseGuards(SessionGuard, AdminAccessGuard, CsrfGuard)
export class AdminSessionsController {
  constructor(private readonly sessions: SessionService) {}

  /** Newest first; of one user, oldest first. */
  @Get('sessions')
  async search(
    @CurrentOperator() { session, scope }: Operator,
    @Query() query: unknown,
  ): Promise<SessionSearchView> {
    const { limit, cursor, ...conditions } = parseInput(sessionsQuery, query);
    const page = parsePageQuery({ limit, cursor });
    const filter = sessionFilterIn(conditions, scope);
    const found = filter ? await this.sessions.search(filter, page) : { items: [], examined: 0 };
    return {
      ...toListView(found, (item) => toSessionView(item, session.id)),
      examined: found.examined,
    };
  }

  /** Ends every session that matches but the operator's own present one. */
  @Post('sessions/revoke')
  @HttpCode(200)
  async revokeWhere(
    @CurrentOperator() operator: Operator,
    @Body() body: unknown = {},
  ): Promise<RevokeWhereView> {
    const { filter: conditions, reason, dryRun } = parseInput(revokeBody, body);
    const filter = sessionFilterIn(conditions, operator.scope);
    if (!filter) return { matched: 0, ended: 0, dryRun };
    const result = await this.sessions.revokeWhere(filter, {
      ...causeBy(operator, reason),
      dryRun,
      except: operator.session.id,
    });
    return { ...result, dryRun };
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  async revoke(
    @CurrentOperator() operator: Operator,
    @Param('id') text: string,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<void> {
    const { reason } = parseQueryAndBody(endInput, query, body);
    const id = parseSessionId(text);
    const only = operator.scope === 'all' ? undefined : operator.scope;
    const ended = id && (await this.sessions.revoke(id, causeBy(operator, reason), only));
    if (!ended) throw new SessionNotFoundError();
  }
}
