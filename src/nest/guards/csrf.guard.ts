import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CsrfRejectedError } from '../../core/errors.js';
import type { SessionCore } from '../../core/session-core.js';
import { CsrfPolicy } from '../../express/csrf/csrf-policy.js';
import { recordCsrfRejection } from '../../express/csrf/csrf-rejection.js';
import { findRequestSession } from '../../express/request-session-of.js';
import { SKIPS_CSRF } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';
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
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    private readonly policy: CsrfPolicy,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    if (!request) return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(SKIPS_CSRF, targets)) return true;
    const session = findRequestSession(request)?.active?.session;
    const refusal = this.policy.refusalOf(request, session?.id);
    if (!refusal) return true;
    await recordCsrfRejection(this.core, request, refusal);
    throw new CsrfRejectedError();
  }
}
