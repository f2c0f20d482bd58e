import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import { findLiveSession } from '../../express/live/live-session.js';
import { exceptionOf } from '../guarded.js';
import { requestOf } from '../request-of.js';

/** Has what handlers and decorators of a live connection throw reach its client with our code. */
@Injectable()
export class LiveExceptionInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const live = findLiveSession(requestOf(context));
    if (!live) return next.handle();
    return next
      .handle()
      .pipe(catchError((error: unknown) => throwError(() => exceptionOf(live, error))));
  }
}
