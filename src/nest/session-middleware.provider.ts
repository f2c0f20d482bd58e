import { Logger, type FactoryProvider } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { passportUserIdOf } from '../core/named-user.js';
import { SessionAdoption } from '../core/adoption/session-adoption.js';
import type { SessionCore } from '../core/session-core.js';
import { clearSiteDataOf } from '../express/clear-site-data.js';
import { CookieResolver } from '../express/cookie-resolver.js';
import { createSessionMiddleware } from '../express/session-middleware.js';
import {
  anonymousSessionsPerMinuteOf,
  type SessionModuleOptions,
} from './session-module.options.js';
import { SESSION_CORE, SESSION_MIDDLEWARE, SESSION_OPTIONS } from './session.tokens.js';

const logger = new Logger('SessionModule');

/** A provider, so that a wrong option fails the start before anything listens. */
export const sessionMiddlewareProvider: FactoryProvider<RequestHandler> = {
  provide: SESSION_MIDDLEWARE,
  inject: [SESSION_CORE, SESSION_OPTIONS, CookieResolver],
  useFactory: (core: SessionCore, options: SessionModuleOptions, cookies: CookieResolver) => {
    const [key = ''] = cookies.cookie.signingSecrets;
    const clearSiteData = clearSiteDataOf(options.clearSiteData);
    return createSessionMiddleware({
      core,
      cookies,
      userIdOf: options.userIdOf ?? passportUserIdOf,
      anonymousSessionsPerMinute: anonymousSessionsPerMinuteOf(options),
      ...(clearSiteData !== undefined && { clearSiteData }),
      ...(options.adopt && {
        adoption: new SessionAdoption({ ...core, source: options.adopt, key }),
      }),
      warn: (message) => logger.warn(message),
    });
  },
};
