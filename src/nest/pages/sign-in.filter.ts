import { Catch, Inject, type ArgumentsHost } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SessionEndedError, SessionRequiredError, type SessionError } from '../../core/errors.js';
import { SessionExceptionFilter } from '../session-exception.filter.js';
import { SERVED_PAGE, type ServedPage } from './served-page.js';

/** Leads whoever asks for a page without being signed in to where one signs in, and back. */
@Catch(SessionRequiredError, SessionEndedError)
export class SignInFilter extends SessionExceptionFilter {
  constructor(@Inject(SERVED_PAGE) private readonly page: ServedPage) {
    super();
  }

  override catch(error: SessionError, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const address = this.page.signInFor(http.getRequest<Request>());
    if (address === undefined) return super.catch(error, host);
    const response = http.getResponse<Response>();
    response.setHeader('Cache-Control', 'no-store');
    response.redirect(303, address);
  }
}
