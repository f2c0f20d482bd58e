import type { FactoryProvider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import type { SessionCore } from '../core/session-core.js';
import { CookieResolver } from '../express/cookie-resolver.js';
import { CsrfPolicy } from '../express/csrf/csrf-policy.js';
import { Handshakes } from '../express/live/handshakes.js';
import { SessionCookie } from '../express/session-cookie.js';
import { handshakesPerMinuteOf, type SessionModuleOptions } from './session-module.options.js';
import { SESSION_CORE, SESSION_OPTIONS } from './session.tokens.js';

export const cookieResolverProvider: FactoryProvider<CookieResolver> = {
  provide: CookieResolver,
  inject: [SESSION_CORE, SESSION_OPTIONS],
  useFactory: (core: SessionCore, options: SessionModuleOptions) =>
    new CookieResolver(core, new SessionCookie(options.secret, options.cookie)),
};

/** What WebSocket adapters and GraphQL subscriptions share. */
export const handshakesProvider: FactoryProvider<Handshakes> = {
  provide: Handshakes,
  inject: [SESSION_CORE, SESSION_OPTIONS, CookieResolver, CsrfPolicy, HttpAdapterHost],
  useFactory: (
    core: SessionCore,
    options: SessionModuleOptions,
    cookies: CookieResolver,
    csrf: CsrfPolicy,
    host: HttpAdapterHost,
  ) =>
    new Handshakes({
      core,
      cookies,
      csrf,
      application: () => host.httpAdapter.getInstance<Express>(),
      handshakesPerMinute: handshakesPerMinuteOf(options),
    }),
};
