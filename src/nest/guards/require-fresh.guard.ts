import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SessionNotFreshError } from '../../core/errors.js';
import type { SessionCore } from '../../core/session-core.js';
import { isFresh } from '../../core/session-policy.js';
import { requireSignedIn } from '../current-session.js';
import { FRESH_WITHIN } from '../decorators/metadata.js';
import { requestOf } from '../request-of.js';
import { SESSION_CORE } from '../session.tokens.js';

/** Behind `@RequireFresh`. @throws SessionNotFreshError, and whatever `SessionGuard` throws */
@Injectable()
export class RequireFreshGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const maxAgeMs = this.reflector.getAllAndOverride<number>(FRESH_WITHIN, targets);
    const session = requireSignedIn(requestOf(context));
    if (isFresh(session, maxAgeMs, this.core.operations.now())) return true;
    throw new SessionNotFreshError(maxAgeMs);
  }
}
