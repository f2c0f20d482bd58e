import type { SessionData } from 'express-session';
import type { NamedUser } from '../core/named-user.js';

/**
 * Reads from `req.session` who is signed in, so that an application which signs users in by
 * writing there gets rotation, limit, index and audit all the same. It has to name the tenant too
 * where users have one.
 */
export type UserIdOf = (
  data: Readonly<Partial<SessionData> & Record<string, unknown>>,
) => NamedUser | undefined;
