import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { SessionError } from '../core/errors.js';
import { httpErrorOf } from '../express/http-error.js';

/** Answers a library error with its status and code; other transports get the error as it is. */
@Catch(SessionError)
export class SessionExceptionFilter implements ExceptionFilter<SessionError> {
  catch(error: SessionError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const response = host.switchToHttp().getResponse<Response>();
    if (response.writableEnded) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = httpErrorOf(error);
    response.setHeader('Cache-Control', 'no-store');
    response.status(body.statusCode).json(body);
  }
}
