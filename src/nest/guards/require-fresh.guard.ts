import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { SessionCore } from '../../core/session-core.js';
import { requireFresh, requireSignedIn } from '../current-session.js';
import { FRESH_WITHIN } from '../decorators/metadata.js';
import { guarded } from '../guarded.js';
import { SESSION_CORE } from '../session.tokens.js';

/** Behind `@RequireFresh`. @throws SessionNotFreshError, and whatever `SessionGuard` throws */
@Injectable()
export class RequireFreshGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const maxAgeMs = this.reflector.getAllAndOverride<number>(FRESH_WITHIN, targets);
    await guarded(context, (request) =>
      requireFresh(requireSignedIn(request), maxAgeMs, this.core.operations.now()),
    );
    return true;
  }
}
