import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { SessionCore } from '../../core/session-core.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { requestOf } from '../request-of.js';
import { SESSION_CORE } from '../session.tokens.js';

/**
 * Gives the token of each request its due before the handler runs: the first use of a new one is
 * noted, one that has come of age is exchanged. Failing to is no reason to fail the request.
 */
@Injectable()
export class SessionActivityInterceptor implements NestInterceptor {
  constructor(@Inject(SESSION_CORE) private readonly core: SessionCore) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await findRequestSession(requestOf(context))?.attend().catch(this.core.reportError);
    return next.handle();
  }
}
