import { Logger, type FactoryProvider } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { SessionAdoption } from '../core/adoption/session-adoption.js';
import type { SessionCore } from '../core/session-core.js';
import { clearSiteDataOf } from '../express/clear-site-data.js';
import { CookieResolver } from '../express/cookie-resolver.js';
import { createSessionMiddleware } from '../express/session-middleware.js';
import {
  adoptionSourceOf,
  anonymousSessionsPerMinuteOf,
  middlewareKindOf,
  userIdOfIn,
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
    const source = adoptionSourceOf(options);
    return createSessionMiddleware({
      core,
      cookies,
      userIdOf: userIdOfIn(options),
      anonymousSessionsPerMinute: anonymousSessionsPerMinuteOf(options),
      kind: middlewareKindOf(options),
      ...(clearSiteData !== undefined && { clearSiteData }),
      ...(source && { adoption: new SessionAdoption({ ...core, source, key }) }),
      warn: (message) => logger.warn(message),
    });
  },
};
