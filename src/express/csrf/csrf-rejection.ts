import type { Request } from 'express';
import type { SessionCore } from '../../core/session-core.js';
import { networkOf } from '../throttle/address-network.js';
import type { CsrfRefusal } from './csrf-policy.js';
import { contextOf } from '../request-context.js';

/** Leaves `csrf.rejected` in the audit: one a minute for each address. Never rejects. */
export function recordCsrfRejection(
  { facts }: Pick<SessionCore, 'facts'>,
  request: Request,
  reason: CsrfRefusal,
): Promise<void> {
  const context = contextOf(request);
  return facts.record({
    type: 'csrf.rejected',
    key: networkOf(context.ip),
    reason,
    context: { initiator: 'user', ...context, details: { path: request.path } },
  });
}
