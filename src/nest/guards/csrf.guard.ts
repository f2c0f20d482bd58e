import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { CsrfRejectedError } from '../../core/errors.js';
import type { SessionCore } from '../../core/session-core.js';
import { contextOf } from '../../express/request-context.js';
import { SKIPS_CSRF } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';
import { trustedOriginsOf, type SessionModuleOptions } from '../session-module.options.js';
import { SESSION_CORE, SESSION_OPTIONS } from '../session.tokens.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses state-changing requests that a browser sent from another site, by Fetch Metadata, or by
 * Origin where a browser sends none (OWASP ASVS 5.0, 3.5.1). A request with neither is no
 * browser's, so it carries nobody's cookie unknowingly, and passes. @throws CsrfRejectedError @publicApi
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  private readonly trustedOrigins: ReadonlySet<string>;

  constructor(
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    @Inject(SESSION_OPTIONS) options: SessionModuleOptions,
  ) {
    this.trustedOrigins = trustedOriginsOf(options);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    if (!request || SAFE_METHODS.has(request.method)) return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(SKIPS_CSRF, targets)) return true;
    if (this.isOwnOrTrusted(request)) return true;
    await this.recordRejection(request);
    throw new CsrfRejectedError();
  }

  private isOwnOrTrusted(request: Request): boolean {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined && this.trustedOrigins.has(origin)) return true;
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    return origin === undefined || origin === `${request.protocol}://${request.headers.host}`;
  }

  private recordRejection(request: Request): Promise<void> {
    const context = contextOf(request);
    return this.core.facts.record({
      type: 'csrf.rejected',
      key: context.ip ?? '',
      context: { initiator: 'user', ...context, details: { path: request.path } },
    });
  }
}
