/** Metadata keys of this library's decorators. */
export const PUBLIC_ROUTE = Symbol('gatehouse.public');
export const PASSIVE_ROUTE = Symbol('gatehouse.passive');
export const FRESH_WITHIN = Symbol('gatehouse.freshWithin');
export const SKIPS_CSRF = Symbol('gatehouse.skipsCsrf');
export const ON_SESSION_ENDED = Symbol('gatehouse.onSessionEnded');
/** Nest's own, of methods with `@Sse()`. */
export const SSE_ROUTE = '__sse__';
