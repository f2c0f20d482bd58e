import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { SessionNotFoundError } from '../core/errors.js';
import { parseSessionId } from '../core/ids.js';
import type { SessionCore } from '../core/session-core.js';
import { requireReason } from '../core/directory/session-directory.js';
import type { SessionFilter } from '../core/directory/session-filter.js';
import type { RevocationTarget } from '../core/directory/session-revocation.js';
import type { SessionView } from '../core/directory/session-view.js';
import { isoTime } from '../core/iso-time.js';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { CsrfGuard } from '../nest/guards/csrf.guard.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { parsePageQuery } from '../nest/page-query.js';
import { SessionService, type SessionSearchPage } from '../nest/session.service.js';
import { SessionViews } from '../nest/session-views.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import { AdminJobs } from './admin-jobs.js';
import { isInScope } from './admin-scope.js';
import type { JobView, RevokePreviewView, SessionSearchView } from './admin-views.js';
import { toJobView } from './to-job-view.js';
import { CurrentOperator, causeBy, type Operator } from './operator.js';
import { parseInput, parseQueryAndBody } from './parse-input.js';
import {
  endInput,
  everythingBody,
  revokeBody,
  sessionFilterIn,
  sessionsQuery,
} from './session.input.js';

/** Entries that a preview looks at; what is behind them is not counted. */
const MAX_PREVIEWED = 100_000;

/** Sessions of whichever user. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard, CsrfGuard)
export class AdminSessionsController {
  constructor(
    private readonly sessions: SessionService,
    private readonly views: SessionViews,
    private readonly jobs: AdminJobs,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  /** Newest first; of one user, oldest first. */
  @Get('sessions')
  async search(
    @CurrentOperator() { session, scope }: Operator,
    @Query() query: unknown,
  ): Promise<SessionSearchView> {
    const { limit, cursor, ...conditions } = parseInput(sessionsQuery, query);
    const page = parsePageQuery({ limit, cursor });
    const filter = sessionFilterIn(conditions, scope);
    const found = filter ? await this.sessions.search(filter, page) : NO_SESSIONS;
    return {
      items: await this.views.all(found.items, session.id),
      nextCursor: found.nextCursor ?? null,
      examined: found.examined,
    };
  }

  @Get('sessions/:id')
  async find(
    @CurrentOperator() { session, scope }: Operator,
    @Param('id') text: string,
  ): Promise<SessionView> {
    const id = parseSessionId(text);
    const found = id && (await this.sessions.get(id));
    if (!found || !isInScope(found.user?.tenantId, scope)) throw new SessionNotFoundError();
    return this.views.one(found, session.id);
  }

  /**
   * Ends every session that matches but the operator's own present one, as a job; with `dryRun`
   * only counts, and answers at once.
   */
  @Post('sessions/revoke')
  async revokeWhere(
    @CurrentOperator() operator: Operator,
    @Res({ passthrough: true }) response: Response,
    @Body() body: unknown = {},
  ): Promise<RevokePreviewView | JobView> {
    const {
      filter: conditions,
      reason,
      dryRun,
      before,
      except,
      max,
    } = parseInput(revokeBody, body);
    const cause = causeBy(operator, reason);
    requireReason(cause);
    const target = {
      filter: sessionFilterIn(conditions, operator.scope) ?? NOBODY,
      except: [...except, operator.session.id],
      before: before ?? this.sessions.now() + 1,
    };
    response.status(dryRun ? 200 : 202);
    return dryRun
      ? this.preview(target)
      : toJobView(await this.jobs.revoke(operator, { ...target, cause, max }));
  }

  /** Ends every session of everybody, the operator's own too, as a job. */
  @Post('sessions/revoke-everything')
  @HttpCode(202)
  async revokeEverything(
    @CurrentOperator() operator: Operator,
    @Body() body: unknown = {},
  ): Promise<JobView> {
    const { reason } = parseInput(everythingBody, body);
    const cause = causeBy(operator, reason);
    requireReason(cause);
    return toJobView(await this.jobs.revokeEverything(operator, cause));
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

  private async preview(target: RevocationTarget): Promise<RevokePreviewView> {
    const bounds = { most: Infinity, mostExamined: MAX_PREVIEWED };
    const { matched, complete } = await this.core.revocation.count(target, bounds);
    return { matched, complete, before: isoTime(target.before), dryRun: true };
  }
}

const NO_SESSIONS: SessionSearchPage = { items: [], examined: 0 };

/** Of a filter that is out of scope: no session was ever seen before 1970. */
const NOBODY: SessionFilter = { lastSeenBefore: 0, createdBefore: 0 };
