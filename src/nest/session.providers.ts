import { Logger, type FactoryProvider } from '@nestjs/common';
import { encryptedStore } from '../core/encryption/encrypted-store.js';
import { SessionError } from '../core/errors.js';
import { createSessionCore, type SessionCore } from '../core/session-core.js';
import { resolveSessionOptions, type SessionOptions } from '../core/policy/session-options.js';
import type { SessionStore } from '../core/session-store.js';
import { CsrfPolicy } from '../express/csrf/csrf-policy.js';
import { secretsOf } from '../express/session-cookie.js';
import { memoryStore } from '../storage/memory/index.js';
import {
  clockOf,
  storeOf,
  trustedOriginsOf,
  type SessionModuleOptions,
} from './session-module.options.js';
import { SessionEvents } from './session-events.js';
import {
  SESSION_CORE,
  SESSION_OPTIONS,
  SESSION_OUTBOX_SIGNAL,
  SESSION_STORE,
} from './session.tokens.js';

const logger = new Logger('SessionModule');
const RESOLVED_OPTIONS = Symbol('RESOLVED_SESSION_OPTIONS');

const resolvedOptionsProvider: FactoryProvider<SessionOptions> = {
  provide: RESOLVED_OPTIONS,
  inject: [SESSION_OPTIONS],
  useFactory: (options: SessionModuleOptions) => resolveSessionOptions(options),
};

const storeProvider: FactoryProvider<Promise<SessionStore>> = {
  provide: SESSION_STORE,
  inject: [SESSION_OPTIONS, RESOLVED_OPTIONS],
  useFactory: async (options: SessionModuleOptions, resolved: SessionOptions) => {
    const driver = storeOf(options) ?? defaultStore();
    const { dataEncryption } = options;
    const store = dataEncryption === undefined ? driver : encryptedStore(driver, dataEncryption);
    await store.start({
      ...resolved,
      clock: clockOf(options),
      warn: (message) => logger.warn(message),
    });
    return store;
  },
};

const coreProvider: FactoryProvider<SessionCore> = {
  provide: SESSION_CORE,
  inject: [SESSION_OPTIONS, RESOLVED_OPTIONS, SESSION_STORE, SessionEvents],
  useFactory: (
    options: SessionModuleOptions,
    resolved: SessionOptions,
    store: SessionStore,
    listener: SessionEvents,
  ) =>
    createSessionCore({
      store,
      options: resolved,
      listener,
      clock: clockOf(options),
      reportError,
    }),
};

/** A provider, so that a wrong option fails the start whether a guard is in use or not. */
const csrfPolicyProvider: FactoryProvider<CsrfPolicy> = {
  provide: CsrfPolicy,
  inject: [SESSION_OPTIONS],
  useFactory: (options: SessionModuleOptions) =>
    new CsrfPolicy({
      secrets: secretsOf(options.secret),
      trustedOrigins: trustedOriginsOf(options),
      ...(options.csrf !== undefined && { options: options.csrf }),
    }),
};

const outboxSignalProvider: FactoryProvider = {
  provide: SESSION_OUTBOX_SIGNAL,
  inject: [SessionEvents],
  useFactory: (events: SessionEvents) => events.outbox$,
};

export const SESSION_PROVIDERS = [
  SessionEvents,
  resolvedOptionsProvider,
  storeProvider,
  coreProvider,
  csrfPolicyProvider,
  outboxSignalProvider,
];

/** An outage is one line a request; what nobody foresaw comes with its stack. */
function reportError(error: unknown): void {
  if (!(error instanceof SessionError)) logger.error(error);
  else
    logger.warn(
      error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message,
    );
}

function defaultStore(): SessionStore {
  if (process.env['NODE_ENV'] === 'production')
    logger.warn('Sessions are kept in the memory of this process: a restart signs everybody out.');
  return memoryStore();
}
