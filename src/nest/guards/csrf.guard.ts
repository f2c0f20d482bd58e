import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { CsrfRejectedError } from '../../core/errors.js';
import type { SessionCore } from '../../core/session-core.js';
import { CsrfPolicy, type CsrfRefusal } from '../../express/csrf/csrf-policy.js';
import { recordCsrfRejection } from '../../express/csrf/csrf-rejection.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { requestOf } from '../request-of.js';
import { marksOf } from '../route-marks.js';
import { SESSION_CORE } from '../session.tokens.js';

/**
 * Refuses state-changing requests that a browser sent from another site, by Fetch Metadata, or by
 * Origin where a browser sends none (OWASP ASVS 5.0, 3.5.1). A request with neither is no
 * browser's, so it carries nobody's cookie unknowingly, and passes unless `csrf.strict` is on. With
 * `csrf.token` a request that holds a session needs a token of it too. @throws CsrfRejectedError @publicApi
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    private readonly policy: CsrfPolicy,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf(context);
    if (!request) return true;
    if (marksOf(context).skipsCsrf) return true;
    const session = findRequestSession(request)?.active?.session;
    const refusal = this.policy.refusalOf(request, session?.id);
    return refusal ? this.refuse(request, refusal) : true;
  }

  private async refuse(request: Request, refusal: CsrfRefusal): Promise<never> {
    await recordCsrfRejection(this.core, request, refusal);
    throw new CsrfRejectedError();
  }
}
