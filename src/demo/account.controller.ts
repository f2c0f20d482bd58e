import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import {
  CsrfGuard,
  CurrentSession,
  SessionGuard,
  SessionService,
  contextOf,
} from 'nestjs-gatehouse';
import { AccountsService } from './accounts/accounts.service.js';
import { requireText } from './request-fields.js';

export interface AccountView {
  readonly userId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly role: string;
  /** When the session was opened. */
  readonly since: string;
}

/** One's own account. */
@Controller()
@UseGuards(SessionGuard, CsrfGuard)
export class AccountController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionService,
  ) {}

  @Get('me')
  @Header('Cache-Control', 'no-store')
  me(@CurrentSession() session: CurrentSession, @Req() { user }: Request): AccountView {
    return {
      userId: session.userId,
      sessionId: session.id,
      name: user!.name,
      role: user!.role,
      since: new Date(session.createdAt).toISOString(),
    };
  }

  /** Proves the user's identity once more, for what asks for a fresh session. */
  @Post('account/confirm')
  @HttpCode(204)
  async confirm(
    @CurrentSession() { user }: CurrentSession,
    @Body() body: unknown,
    @Req() request: Request,
  ): Promise<void> {
    await this.requirePassword(user.userId, requireText(body, 'password'));
    await this.sessions.reauthenticate(request, ['pwd']);
  }

  /** Ends every other session of the user, and gives this one a new token. */
  @Post('account/password')
  @HttpCode(200)
  async changePassword(
    @CurrentSession() { id, user }: CurrentSession,
    @Body() body: unknown,
    @Req() request: Request,
  ): Promise<{ readonly ended: number }> {
    const password = requireText(body, 'password');
    const newPassword = requireText(body, 'newPassword');
    await this.requirePassword(user.userId, password);
    await this.accounts.setPassword(user.userId, newPassword);
    const ended = await this.sessions.revokeAll(user, {
      except: id,
      reason: 'credential-change',
      initiator: 'user',
      request: contextOf(request),
    });
    await this.sessions.reauthenticate(request, ['pwd']);
    return { ended: ended.length };
  }

  private async requirePassword(userId: string, password: string): Promise<void> {
    if (await this.accounts.authenticate(userId, password)) return;
    throw new ForbiddenException({
      statusCode: 403,
      code: 'PASSWORD_WRONG',
      message: 'The present password is another',
    });
  }
}
