import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { SessionCore } from '../../core/session-core.js';
import { requireFresh, requireSignedIn } from '../current-session.js';
import { guarded } from '../guarded.js';
import { marksOf } from '../route-marks.js';
import { SESSION_CORE } from '../session.tokens.js';

/** Behind `@RequireFresh`. @throws SessionNotFreshError, and whatever `SessionGuard` throws */
@Injectable()
export class RequireFreshGuard implements CanActivate {
  constructor(@Inject(SESSION_CORE) private readonly core: SessionCore) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return guarded(context, (request) =>
      requireFresh(
        requireSignedIn(request),
        marksOf(context).freshWithin!,
        this.core.operations.now(),
      ),
    );
  }
}
