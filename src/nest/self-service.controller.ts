import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { SessionNotFoundError } from '../core/errors.js';
import { parseSessionId } from '../core/ids.js';
import { toSessionView, type SessionView } from '../core/session-view.js';
import { contextOf } from '../express/request-context.js';
import { CurrentSession } from './decorators/current-session.decorator.js';
import { Passive } from './decorators/passive.decorator.js';
import { CsrfGuard } from './guards/csrf.guard.js';
import { SessionGuard } from './guards/session.guard.js';
import { parsePageQuery } from './page-query.js';
import { SessionService } from './session.service.js';

/** A list as the API gives it; `nextCursor` is null on the last page. */
export interface ListView<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** One's own deadlines, for a page that warns before they pass. */
export interface DeadlinesView extends SessionView {
  readonly idleExpiresAt: string;
  readonly absoluteExpiresAt: string;
  /** The server's time, so that a page need not trust its own clock. */
  readonly now: string;
}

/** What users see and end of their own sessions (OWASP ASVS 5.0, 7.5.2). */
@Controller()
@UseGuards(SessionGuard, CsrfGuard)
export class SelfServiceController {
  constructor(private readonly sessions: SessionService) {}

  @Get('session')
  @Passive()
  @Header('Cache-Control', 'no-store')
  deadlines(@CurrentSession() session: CurrentSession): DeadlinesView {
    return {
      ...toSessionView(session, session.id),
      idleExpiresAt: new Date(session.idleExpiresAt).toISOString(),
      absoluteExpiresAt: new Date(session.absoluteExpiresAt).toISOString(),
      now: new Date(this.sessions.now()).toISOString(),
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
      items: page.items.map((item) => toSessionView(item, session.id)),
      nextCursor: page.nextCursor ?? null,
    };
  }

  /**
   * Ends every session of one's own but the present one. Not at `/sessions/`, which is what a
   * client asks for that has lost the id of the one session it meant.
   */
  @Delete('sessions')
  @Header('Cache-Control', 'no-store')
  async endOthers(
    @CurrentSession() session: CurrentSession,
    @Req() request: Request,
  ): Promise<{ readonly ended: number }> {
    if (request.path.endsWith('/')) throw new SessionNotFoundError();
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
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async end(
    @CurrentSession() session: CurrentSession,
    @Param('id') text: string,
    @Req() request: Request,
  ): Promise<void> {
    const id = parseSessionId(text);
    if (id === session.id) return this.sessions.logout(request);
    const ended =
      id !== undefined &&
      (await this.sessions.revoke(
        id,
        { reason: 'ended-by-user', initiator: 'user', request: contextOf(request) },
        session.user,
      ));
    if (!ended) throw new SessionNotFoundError();
  }
}
