import { MIDDLEWARE_KINDS, type MiddlewareKind } from '../../src/express/session-middleware.js';
import { DRIVERS, type Driver } from './stores.js';

export { MIDDLEWARE_KINDS } from '../../src/express/session-middleware.js';

/** What the HTTP contract is held to: our middleware on every driver, the other one on the first. */
export const HTTP_SETUPS: readonly (readonly [Driver, MiddlewareKind])[] = MIDDLEWARE_KINDS.flatMap(
  (middleware, index) =>
    DRIVERS.slice(0, index === 0 ? DRIVERS.length : 1).map(
      (driver) => [driver, middleware] as const,
    ),
);
