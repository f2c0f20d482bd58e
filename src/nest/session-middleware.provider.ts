import { Logger, type FactoryProvider } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { passportUserIdOf } from '../core/named-user.js';
import { SessionAdoption } from '../core/session-adoption.js';
import type { SessionCore } from '../core/session-core.js';
import { SessionCookie } from '../express/session-cookie.js';
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
  inject: [SESSION_CORE, SESSION_OPTIONS],
  useFactory: (core: SessionCore, options: SessionModuleOptions) => {
    const cookie = new SessionCookie(options.secret, options.cookie);
    const [key = ''] = cookie.signingSecrets;
    return createSessionMiddleware({
      core,
      cookie,
      userIdOf: options.userIdOf ?? passportUserIdOf,
      anonymousSessionsPerMinute: anonymousSessionsPerMinuteOf(options),
      ...(options.adopt && {
        adoption: new SessionAdoption({ ...core, source: options.adopt, key }),
      }),
      warn: (message) => logger.warn(message),
    });
  },
};
