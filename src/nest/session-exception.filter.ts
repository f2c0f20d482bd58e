import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { SessionError } from '../core/errors.js';
import { challengeOf, httpErrorOf } from '../express/http-error.js';
import { graphqlExtensionsOf } from './graphql/graphql-extensions.js';

/**
 * Answers a library error with its status and code. GraphQL libraries get the error with the code
 * where they look for it, other transports as it is.
 */
@Catch(SessionError)
export class SessionExceptionFilter implements ExceptionFilter<SessionError> {
  catch(error: SessionError, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql')
      throw Object.assign(error, { extensions: graphqlExtensionsOf(error) });
    if (host.getType() !== 'http') throw error;
    const response = host.switchToHttp().getResponse<Response>();
    if (response.writableEnded) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = httpErrorOf(error);
    const challenge = challengeOf(error);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    response.setHeader('Cache-Control', 'no-store');
    response.status(body.statusCode).json(body);
  }
}
