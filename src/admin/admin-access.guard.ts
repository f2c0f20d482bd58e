import {
  ForbiddenException,
  HttpException,
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { isObservable, lastValueFrom } from 'rxjs';
import type { SessionCore } from '../core/session-core.js';
import { requireSignedIn, type SignedInSession } from '../nest/current-session.js';
import { contextOf } from '../nest/request-of.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import { resolveStrictly } from '../nest/strict-route.js';
import { scopeOfOperator } from './admin-scope.js';
import { attachOperator } from './operator.js';
import { ADMIN_GUARD, ADMIN_SCOPE, type SessionAdminSettings } from './session-admin.options.js';

/** Sent along with what a page reads by itself, so that an open page keeps no operator signed in. */
export const ADMIN_PASSIVE_HEADER = 'x-gatehouse-passive';

/**
 * Asks the application's guard, records whom it refuses, and finds out the scope of whom it lets
 * pass. Nothing of what is said here, a refusal included, may be stored on the way.
 */
@Injectable()
export class AdminAccessGuard implements CanActivate {
  constructor(
    @Inject(ADMIN_GUARD) private readonly guard: CanActivate,
    @Inject(ADMIN_SCOPE) private readonly scope: SessionAdminSettings['scope'],
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    http.getResponse<Response>().setHeader('Cache-Control', 'no-store');
    await resolveStrictly(request);
    const session = requireSignedIn(request);
    await this.requireAllowed(context, request, session);
    const scope = await scopeOfOperator(this.scope, session, request);
    attachOperator(request, { session, scope, context: contextOf(request) });
    return true;
  }

  private async requireAllowed(
    context: ExecutionContext,
    request: Request,
    session: SignedInSession,
  ): Promise<void> {
    try {
      if (!(await this.askGuard(context))) throw new ForbiddenException();
    } catch (error) {
      if (isRefusal(error)) await this.recordRefusal(request, session);
      throw error;
    }
  }

  private async askGuard(context: ExecutionContext): Promise<boolean> {
    const answer = this.guard.canActivate(context);
    return isObservable(answer) ? lastValueFrom(answer) : answer;
  }

  private recordRefusal(request: Request, { id, user }: SignedInSession): Promise<void> {
    const { method, path } = request;
    return this.core.facts.record({
      type: 'admin.access_denied',
      key: id,
      sessionId: id,
      user,
      context: { initiator: 'user', ...contextOf(request), details: { method, path } },
    });
  }
}

/** A guard that fails, as with its database away, refuses nobody. */
const isRefusal = (error: unknown): boolean =>
  error instanceof HttpException && error.getStatus() < 500;
