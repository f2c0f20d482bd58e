import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { SessionNotFoundError } from '../core/errors.js';
import { parseSessionId } from '../core/ids.js';
import type { SessionView } from '../core/directory/session-view.js';
import { isoTime } from '../core/iso-time.js';
import { CsrfPolicy } from '../express/csrf/csrf-policy.js';
import { contextOf } from '../express/request-context.js';
import { requireFresh } from './current-session.js';
import { CurrentSession } from './decorators/current-session.decorator.js';
import { StrictSession } from './decorators/strict-session.decorator.js';
import { Passive } from './decorators/passive.decorator.js';
import { CsrfGuard } from './guards/csrf.guard.js';
import { SessionGuard } from './guards/session.guard.js';
import { parsePageQuery } from './page-query.js';
import type { DeadlinesView, ListView } from './self-service-views.js';
import { selfServiceFreshWithinOf, type SessionModuleOptions } from './session-module.options.js';
import { SessionService } from './session.service.js';
import { SessionViews } from './session-views.js';
import { SESSION_OPTIONS } from './session.tokens.js';

/** What users see and end of their own sessions (OWASP ASVS 5.0, 7.5.2). */
@Controller()
@UseGuards(SessionGuard, CsrfGuard)
export class SelfServiceController {
  private readonly freshWithinMs: number | undefined;

  constructor(
    private readonly sessions: SessionService,
    private readonly views: SessionViews,
    private readonly csrf: CsrfPolicy,
    @Inject(SESSION_OPTIONS) options: SessionModuleOptions,
  ) {
    this.freshWithinMs = selfServiceFreshWithinOf(options);
  }

  @Get('session')
  @Passive()
  @Header('Cache-Control', 'no-store')
  async deadlines(
    @CurrentSession() session: CurrentSession,
    @Req() request: Request,
  ): Promise<DeadlinesView> {
    return {
      ...(await this.views.one(session, session.id)),
      idleExpiresAt: isoTime(session.idleExpiresAt),
      absoluteExpiresAt: isoTime(session.absoluteExpiresAt),
      now: isoTime(this.sessions.now()),
      ...(this.csrf.asksForToken && { csrfToken: this.sessions.csrfToken(request) }),
    };
  }

  @Get('sessions')
  @Header('Cache-Control', 'no-store')
  async list(
    @CurrentSession() session: CurrentSession,
    @Query('limit') limit: unknown,
    @Query('cursor') cursor: unknown,
  ): Promise<ListView<SessionView>> {
    const page = await this.sessions.list(session.user, parsePageQuery({ limit, cursor }));
    return {
      items: await this.views.all(page.items, session.id),
      nextCursor: page.nextCursor ?? null,
    };
  }

  /**
   * Ends every session of one's own but the present one. Not at `/sessions/`, which is what a
   * client asks for that has lost the id of the one session it meant.
   */
  @Delete('sessions')
  @StrictSession()
  @Header('Cache-Control', 'no-store')
  async endOthers(
    @CurrentSession() session: CurrentSession,
    @Req() request: Request,
  ): Promise<{ readonly ended: number }> {
    if (request.path.endsWith('/')) throw new SessionNotFoundError();
    this.requireFresh(session);
    const ended = await this.sessions.revokeAll(session.user, {
      except: session.id,
      reason: 'ended-by-user',
      initiator: 'user',
      request: contextOf(request),
    });
    return { ended: ended.length };
  }

  /** Ends one session of one's own; the present one is a logout. */
  @Delete('sessions/:id')
  @StrictSession()
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async end(
    @CurrentSession() session: CurrentSession,
    @Param('id') text: string,
    @Req() request: Request,
  ): Promise<void> {
    const id = parseSessionId(text);
    if (id === session.id) return this.sessions.logout(request);
    this.requireFresh(session);
    const ended =
      id !== undefined &&
      (await this.sessions.revoke(
        id,
        { reason: 'ended-by-user', initiator: 'user', request: contextOf(request) },
        session.user,
      ));
    if (!ended) throw new SessionNotFoundError();
  }

  private requireFresh(session: CurrentSession): void {
    if (this.freshWithinMs !== undefined)
      requireFresh(session, this.freshWithinMs, this.sessions.now());
  }
}
