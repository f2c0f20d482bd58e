/** Metadata keys of this library's decorators. */
export const PUBLIC_ROUTE = Symbol('gatehouse.public');
export const PASSIVE_ROUTE = Symbol('gatehouse.passive');
export const PASSIVE_HEADER = Symbol('gatehouse.passiveHeader');
export const STRICT_ROUTE = Symbol('gatehouse.strictRoute');
export const FRESH_WITHIN = Symbol('gatehouse.freshWithin');
export const SKIPS_CSRF = Symbol('gatehouse.skipsCsrf');
export const ON_SESSION_ENDED = Symbol('gatehouse.onSessionEnded');
/** Nest's own, of methods with `@Sse()`. */
export const SSE_ROUTE = '__sse__';
/** Nest's own, of classes and methods with interceptors. */
export const INTERCEPTORS = '__interceptors__';
/** Nest's own, of classes with `@WebSocketGateway()`. */
export const GATEWAY = 'websockets:is_gateway';
