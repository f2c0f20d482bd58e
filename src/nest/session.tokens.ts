import { Inject } from '@nestjs/common';

/** The `SessionModuleOptions` as the application gave them. */
export const SESSION_OPTIONS = Symbol('SESSION_OPTIONS');
/** The `SessionCore` that the module hosts. */
export const SESSION_CORE = Symbol('SESSION_CORE');
/** The request handler that resolves every request's session. */
export const SESSION_MIDDLEWARE = Symbol('SESSION_MIDDLEWARE');
/** The `SessionStore` in use. */
export const SESSION_STORE = Symbol('SESSION_STORE');
/** An `Observable<number>`: the shard in which this process has just left audit events. */
export const SESSION_OUTBOX_SIGNAL = Symbol('SESSION_OUTBOX_SIGNAL');

/** @publicApi */
export const InjectSessionStore = (): ParameterDecorator => Inject(SESSION_STORE);
