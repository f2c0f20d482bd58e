import type {
  CallHandler,
  ExecutionContext,
  INestApplicationContext,
  NestInterceptor,
  Type,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { catchError, throwError, type Observable } from 'rxjs';
import { findLiveSession } from '../../express/live/live-session.js';
import { GATEWAY } from '../decorators/metadata.js';
import { exceptionOf } from '../guarded.js';
import { requestOf } from '../request-of.js';
import { interceptFirst } from './intercept-first.js';

/** Has what handlers and decorators of a live connection throw reach its client with our code. */
export class LiveExceptionInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const live = findLiveSession(requestOf(context));
    if (!live) return next.handle();
    return next
      .handle()
      .pipe(catchError((error: unknown) => throwError(() => exceptionOf(live, error))));
  }
}

const LIVE_EXCEPTIONS = new LiveExceptionInterceptor();

/** For the gateways of an application, before they are connected. */
export function bindLiveExceptions(app: INestApplicationContext): void {
  for (const { metatype } of app.get(DiscoveryService, { strict: false }).getProviders())
    if (metatype && Reflect.hasMetadata(GATEWAY, metatype))
      interceptFirst(metatype as Type, LIVE_EXCEPTIONS);
}
