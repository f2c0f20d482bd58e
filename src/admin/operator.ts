import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestContext } from '../core/operations.js';
import type { RevokeCause } from '../core/directory/session-directory.js';
import type { SignedInSession } from '../nest/current-session.js';
import type { AdminScope } from './admin-scope.js';

/** Who acts, from where, and on what at most. */
export interface Operator {
  readonly session: SignedInSession;
  readonly scope: AdminScope;
  readonly context: RequestContext;
}

const OPERATOR = Symbol('gatehouse.operator');

type Carrier = { [OPERATOR]?: Operator };

export function attachOperator(request: object, operator: Operator): void {
  Object.defineProperty(request, OPERATOR, { value: operator });
}

/** The operator whom `AdminAccessGuard` let pass. */
export const CurrentOperator = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Operator => {
    const operator = context.switchToHttp().getRequest<Carrier>()[OPERATOR];
    if (!operator) throw new Error('AdminAccessGuard has not run for this request');
    return operator;
  },
);

/** What the audit, and the holder of a session that ended, are told where the operator says nothing. */
const DEFAULT_REASON = 'ended-by-admin';

/** What the audit tells of an operator's act. */
export const causeBy = (
  { session, context }: Operator,
  reason: string = DEFAULT_REASON,
): RevokeCause => ({
  reason,
  initiator: 'admin',
  actorId: session.userId,
  request: context,
});
