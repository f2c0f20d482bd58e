import { All, Body, Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { Public, SessionGuard, SessionService } from '../../src/index.js';

/** In all session data, and so in nothing that leaves the process or is logged. */
export const DATA_MARKER = 'marker-of-session-data';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (body: unknown): body is Fields =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

/** Handlers as trusting as applications have them. */
@Controller('app')
export class TargetController {
  constructor(private readonly sessions: SessionService) {}

  @All('read')
  @Public()
  read(@Req() request: Request): number {
    return Object.keys(request.session).length;
  }

  @Get('guarded')
  @UseGuards(SessionGuard)
  guarded(): string {
    return 'in';
  }

  @Post('write')
  write(@Req() request: Request, @Body() body: unknown): string {
    Object.assign(request.session, { received: body, marker: DATA_MARKER });
    return 'written';
  }

  /** Takes every name over that means nothing else there, passport's own included. */
  @Post('merge')
  merge(@Req() request: Request, @Body() body: unknown): string {
    for (const [name, value] of Object.entries(isFields(body) ? body : {}))
      if (!(name in request.session)) Object.assign(request.session, { [name]: value });
    return 'merged';
  }

  @Post('login')
  async login(@Req() request: Request, @Body() body: unknown): Promise<string> {
    const { userId, tenantId } = (isFields(body) ? body : {}) as {
      userId: string;
      tenantId?: string;
    };
    Object.assign(request.session, { marker: DATA_MARKER });
    const { id } = await this.sessions.login(request, {
      userId,
      ...(tenantId !== undefined && { tenantId }),
    });
    return id;
  }

  @Post('failed-login')
  async failLogin(@Req() request: Request, @Body() body: unknown): Promise<string> {
    const { userId, reason } = isFields(body) ? body : {};
    await this.sessions.recordFailedLogin(request, {
      userId: String(userId),
      ...(typeof reason === 'string' && { reason }),
    });
    return 'recorded';
  }

  @Post('regenerate')
  async regenerate(@Req() request: Request, @Body() body: unknown): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      request.session.regenerate((error?: Error) => (error ? reject(error) : resolve()));
    });
    return this.write(request, body);
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<string> {
    await this.sessions.logout(request);
    return 'out';
  }
}
