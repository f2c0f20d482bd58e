import type {
  CallHandler,
  ExecutionContext,
  MessageEvent,
  NestInterceptor,
  Type,
} from '@nestjs/common';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Response } from 'express';
import { concat, defer, EMPTY, of, ReplaySubject, takeUntil, type Observable } from 'rxjs';
import type { ConnectionEnding } from '../../core/live/live-binding.js';
import type { LiveConnections } from '../../core/live/live-connections.js';
import type { SessionRecord } from '../../core/session-record.js';
import {
  errorOf,
  SESSION_ENDED_EVENT,
  toEndingView,
  whenGone,
} from '../../express/live/live-response.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { SSE_ROUTE } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';
import { marksOf } from '../route-marks.js';
import { interceptFirst } from './intercept-first.js';

/**
 * Binds the event streams of `@Sse()` handlers to the signed-in session that asked for them, but
 * for those of `@Public()` routes: when the session ends, so does the stream, with a last event.
 * A stream is no activity, however long it stays open.
 */
export class SessionStreamInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const requestSession = isGuardedStream(context)
      ? findRequestSession(requestOf(context))
      : undefined;
    const session = requestSession?.active?.session;
    if (!requestSession || !session?.user) return next.handle();
    requestSession.passive = true;
    const response = context.switchToHttp().getResponse<Response>();
    return endingWith(requestSession.live, session, response, next);
  }
}

const isGuardedStream = (context: ExecutionContext): boolean =>
  context.getType() === 'http' && isStream(context.getHandler()) && !marksOf(context).isPublic;

const isStream = (method: object): boolean => Reflect.getMetadata(SSE_ROUTE, method) === true;

/** For the controllers that have `@Sse()` methods. */
export function bindEventStreams(discovery: DiscoveryService, scanner: MetadataScanner): void {
  for (const { metatype } of discovery.getControllers()) {
    const prototype = metatype?.prototype as Record<string, object> | undefined;
    if (!prototype) continue;
    const names = scanner.getAllMethodNames(prototype);
    if (names.some((name) => isStream(prototype[name]!))) interceptFirst(metatype as Type, STREAMS);
  }
}

const STREAMS = new SessionStreamInterceptor();

/** @throws SessionEndedError for a session that has ended before there was a stream */
async function endingWith(
  live: LiveConnections,
  session: SessionRecord,
  response: Response,
  next: CallHandler,
): Promise<Observable<unknown>> {
  const ended$ = new ReplaySubject<ConnectionEnding>(1);
  let ending: ConnectionEnding | undefined;
  const binding = await live.bind(session, {
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

const eventOf = (ending: ConnectionEnding): MessageEvent => ({
  type: SESSION_ENDED_EVENT,
  data: toEndingView(ending),
});
