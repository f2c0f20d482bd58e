import { SetMetadata, UseGuards, applyDecorators } from '@nestjs/common';
import { resolveDuration } from '../../core/policy/session-options.js';
import type { Duration } from '../../core/policy/duration.js';
import { RequireFreshGuard } from '../guards/require-fresh.guard.js';
import { FRESH_WITHIN } from './metadata.js';

/**
 * Refuses a session whose last proof of identity is `maxAge` ago or more (OWASP ASVS 5.0, 7.5.1).
 * @throws SessionConfigInvalidError for a `maxAge` outside 1 s to 30 d @publicApi
 */
export const RequireFresh = (maxAge: Duration): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(FRESH_WITHIN, resolveDuration('RequireFresh', maxAge, { min: '1s', max: '30d' })),
    UseGuards(RequireFreshGuard),
  );
