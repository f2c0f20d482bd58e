import { Logger } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { SessionAdoption } from '../core/session-adoption.js';
import { passportUserIdOf } from '../core/named-user.js';
import type { SessionCore } from '../core/session-core.js';
import { SessionCookie } from '../express/session-cookie.js';
import { createSessionMiddleware } from '../express/session-middleware.js';
import {
  anonymousSessionsPerMinuteOf,
  type SessionModuleOptions,
} from './session-module.options.js';

const logger = new Logger('SessionModule');

/** The module's options as the middleware takes them. @throws SessionConfigInvalidError */
export function newSessionMiddleware(
  core: SessionCore,
  options: SessionModuleOptions,
): RequestHandler {
  const cookie = new SessionCookie(options.secret, options.cookie);
  return createSessionMiddleware({
    core,
    cookie,
    userIdOf: options.userIdOf ?? passportUserIdOf,
    anonymousSessionsPerMinute: anonymousSessionsPerMinuteOf(options),
    ...(options.adopt && {
      adoption: new SessionAdoption({
        ...core,
        source: options.adopt,
        key: cookie.signingSecrets[0]!,
      }),
    }),
    warn: (message) => logger.warn(message),
  });
}
