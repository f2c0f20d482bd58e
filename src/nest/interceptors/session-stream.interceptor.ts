import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { concat, defer, EMPTY, of, ReplaySubject, takeUntil, type Observable } from 'rxjs';
import type { ConnectionEnding } from '../../core/live/live-binding.js';
import type { SessionCore } from '../../core/session-core.js';
import type { SessionRecord } from '../../core/session-record.js';
import {
  errorOf,
  SESSION_ENDED_EVENT,
  toEndingView,
  whenGone,
} from '../../express/live/live-response.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { PUBLIC_ROUTE, SSE_ROUTE } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';
import { SESSION_CORE } from '../session.tokens.js';

/**
 * Binds the event streams of `@Sse()` handlers to the signed-in session that asked for them, but
 * for those of `@Public()` routes: when the session ends, so does the stream, with a last event.
 * A stream is no activity, however long it stays open.
 */
@Injectable()
export class SessionStreamInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (!this.isGuardedStream(context)) return next.handle();
    const requestSession = findRequestSession(requestOf(context));
    const session = requestSession?.active?.session;
    if (!session?.user) return next.handle();
    requestSession!.passive = true;
    return this.endingWith(session, context.switchToHttp().getResponse<Response>(), next);
  }

  private isGuardedStream(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return false;
    const targets = [context.getHandler(), context.getClass()];
    return (
      this.reflector.get<boolean>(SSE_ROUTE, context.getHandler()) === true &&
      this.reflector.getAllAndOverride<boolean>(PUBLIC_ROUTE, targets) !== true
    );
  }

  /** @throws SessionEndedError for a session that has ended before there was a stream */
  private async endingWith(
    session: SessionRecord,
    response: Response,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const ended$ = new ReplaySubject<ConnectionEnding>(1);
    let ending: ConnectionEnding | undefined;
    const binding = await this.core.live.bind(session, {
      close: (told) => {
        ending = told;
        ended$.next(told);
      },
      terminate: () => response.destroy(),
    });
    whenGone(response, () => binding.unbind());
    if (ending) throw errorOf(ending);
    const lastEvent = defer(() => (ending ? of(eventOf(ending)) : EMPTY));
    return concat(next.handle().pipe(takeUntil(ended$)), lastEvent);
  }
}

const eventOf = (ending: ConnectionEnding): MessageEvent => ({
  type: SESSION_ENDED_EVENT,
  data: toEndingView(ending),
});
