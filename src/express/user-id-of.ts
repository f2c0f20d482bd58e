import type { SessionData as ExpressSessionData } from 'express-session';

/** Whom a session's data names as signed in; a bare string is a user id without a tenant. */
export type NamedUser = string | { readonly userId: string; readonly tenantId?: string };

/**
 * Reads from `req.session` who is signed in, so that an application which signs users in by
 * writing there gets rotation, limit, index and audit all the same.
 */
export type UserIdOf = (
  data: Readonly<Partial<ExpressSessionData> & Record<string, unknown>>,
) => NamedUser | undefined;

/** Passport's user, where its serializer made a string or a number of it. */
export const passportUserIdOf: UserIdOf = ({ passport }) => {
  if (typeof passport !== 'object' || passport === null || !('user' in passport)) return undefined;
  const { user } = passport;
  return typeof user === 'string' || typeof user === 'number' ? String(user) : undefined;
};
