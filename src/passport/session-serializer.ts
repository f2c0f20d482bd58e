import type { NamedUser } from '../core/named-user.js';
import type { User } from '../core/user.js';

/**
 * What the application's accounts are to sessions and back. Extend it, and give the class to
 * `SessionPassportModule`. @publicApi
 */
export abstract class SessionSerializer<Account extends object = object> {
  /**
   * Whose session `req.logIn(account)` opens. It is stored as `req.session.passport.user`; an object
   * is understood there if `SessionModule` has an option `userIdOf` that reads it.
   */
  abstract serializeUser(account: Account): NamedUser | Promise<NamedUser>;

  /**
   * What `req.user` is while the user is signed in, however that came about; asked on every such
   * request. Undefined: there is no such account any more, so the session is ended.
   */
  abstract deserializeUser(user: User): Account | undefined | Promise<Account | undefined>;
}
