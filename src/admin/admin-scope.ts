import type { Request } from 'express';
import { SessionConfigInvalidError } from '../core/errors.js';
import type { User } from '../core/user.js';
import type { SignedInSession } from '../nest/current-session.js';

/** Whose sessions and audit events an operator may see and change. @publicApi */
export type AdminScope = 'all' | { readonly tenantId: string };

/**
 * Says what belongs to the operator whose session this is. Asked once a request, after the
 * application's guard has let the request pass; rejecting refuses it. @publicApi
 */
export type AdminScopeOf = (
  operator: SignedInSession,
  request: Request,
) => AdminScope | Promise<AdminScope>;

/** @throws SessionConfigInvalidError where the application's answer is no scope, so that a slip opens nothing */
export async function scopeOfOperator(
  scope: 'all' | AdminScopeOf,
  operator: SignedInSession,
  request: Request,
): Promise<AdminScope> {
  if (scope === 'all') return scope;
  const answer: unknown = await scope(operator, request);
  if (answer === 'all') return answer;
  const { tenantId } = (answer ?? {}) as Partial<User>;
  if (typeof tenantId !== 'string')
    throw new SessionConfigInvalidError('scope', "must answer 'all' or { tenantId }");
  return { tenantId };
}

/** The filter, held to the scope's tenant; undefined if nothing of the scope could match it. */
export function narrowToScope<Filter extends { readonly tenantId?: string }>(
  filter: Filter,
  scope: AdminScope,
): Filter | undefined {
  if (scope === 'all') return filter;
  const { tenantId = scope.tenantId } = filter;
  return tenantId === scope.tenantId ? { ...filter, tenantId } : undefined;
}

/** What is of no tenant, such as an anonymous session, is for those who see all. */
export const isInScope = (tenantId: string | undefined, scope: AdminScope): boolean =>
  scope === 'all' || tenantId === scope.tenantId;

/** Where no tenant is named it is the scope's, or the empty one; undefined if out of scope. */
export function userInScope(
  named: { readonly userId: string; readonly tenantId?: string },
  scope: AdminScope,
): User | undefined {
  const narrowed = narrowToScope(named, scope);
  return narrowed && { tenantId: narrowed.tenantId ?? '', userId: narrowed.userId };
}
