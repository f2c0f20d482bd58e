import type { CanActivate, FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import { SessionConfigInvalidError } from '../core/errors.js';
import { optionsIn, requireOption } from '../core/require-option.js';
import type { PageLinks } from '../nest/pages/served-page.js';
import type { AdminScopeOf } from './admin-scope.js';

/** The application's guard, made in the admin module. */
export const ADMIN_GUARD = Symbol('ADMIN_GUARD');
/** The `scope` that the application gave. */
export const ADMIN_SCOPE = Symbol('ADMIN_SCOPE');

/** @publicApi */
export interface SessionAdminSettings {
  /**
   * Whose sessions an operator may see and end: everybody's, or those of the tenant that the
   * function names. What is out of scope answers as what does not exist.
   */
  readonly scope: 'all' | AdminScopeOf;
}

/** @publicApi */
export interface AdminPageOptions extends PageLinks {
  /** Where the page is mounted, under the same prefix as the routes. Default: that of the routes. */
  readonly path?: string;
}

/** @publicApi */
export interface SessionAdminPlacement {
  /** Tells operators from other users; asked once a session is known to be signed in. */
  readonly guard: Type<CanActivate>;
  /** Where the routes are mounted, under any prefix of the application. Default: `admin`. */
  readonly path?: string;
  /** Serves the operators' page, behind the same guard. Default: false. */
  readonly ui?: boolean | AdminPageOptions;
  /** Modules that export what the guard, or an asynchronous scope, is made of. Default: none. */
  readonly imports?: ModuleMetadata['imports'];
}

/** @publicApi */
export interface SessionAdminModuleOptions extends SessionAdminPlacement, SessionAdminSettings {}

/** @publicApi */
export interface SessionAdminModuleAsyncOptions extends SessionAdminPlacement {
  readonly inject?: FactoryProvider['inject'];
  // Nest hands over what `inject` names, of whichever types; the factory says which it takes.
  readonly useFactory: (
    ...dependencies: never[]
  ) => SessionAdminSettings | Promise<SessionAdminSettings>;
}

/** @throws SessionConfigInvalidError for an option that decides where the routes are */
export function checkedPlacement(placement: SessionAdminPlacement): SessionAdminPlacement {
  const { path = '', imports = [], ui = false } = placement;
  requireOption(typeof path === 'string', 'path', 'must be a path', path);
  requireOption(Array.isArray(imports), 'imports', 'must be a list of modules', imports);
  if (typeof ui !== 'boolean') {
    const { path: pagePath = '' } = optionsIn('ui', ui);
    requireOption(typeof pagePath === 'string', 'ui.path', 'must be a path', pagePath);
  }
  return placement;
}

/** @throws SessionConfigInvalidError */
export function checkedGuard(guard: unknown): Type<CanActivate> {
  if (typeof guard !== 'function')
    throw new SessionConfigInvalidError('guard', 'must be a guard class that tells operators');
  return guard as Type<CanActivate>;
}

/** @throws SessionConfigInvalidError */
export function checkedScope(scope: unknown): SessionAdminSettings['scope'] {
  if (scope !== 'all' && typeof scope !== 'function')
    throw new SessionConfigInvalidError(
      'scope',
      "must be 'all' or a function that names the operator's tenant",
      scope,
    );
  return scope as SessionAdminSettings['scope'];
}
