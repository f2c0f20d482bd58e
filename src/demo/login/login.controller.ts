import { Controller, Header, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CsrfGuard, CurrentSession, SessionService } from 'nestjs-gatehouse';
import { LoginGuard } from './login.guard.js';

export interface LoginView {
  readonly userId: string;
  readonly sessionId: string;
}

/** In and out. */
@Controller()
@UseGuards(CsrfGuard)
export class LoginController {
  constructor(private readonly sessions: SessionService) {}

  /** Answers a script with JSON, and a form that a browser sent with the way back to its page. */
  @Post('login')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @UseGuards(LoginGuard)
  logIn(
    @CurrentSession() { userId, id }: CurrentSession,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): LoginView | undefined {
    if (request.accepts('json', 'html') !== 'html') return { userId, sessionId: id };
    response.redirect(303, '/');
    return undefined;
  }

  @Post('logout')
  @HttpCode(204)
  logOut(@Req() request: Request): Promise<void> {
    return this.sessions.logout(request);
  }
}
