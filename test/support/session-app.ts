import {
  Controller,
  Get,
  Module,
  Post,
  Query,
  Req,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import type { AddressInfo } from 'node:net';
import { SessionModule, SessionService, type SessionModuleOptions } from '../../src/index.js';

export const SECRET = 'a-secret-of-at-least-32-characters!';

/** The routes that the HTTP suites walk: what `req.session` says, and what is written to it. */
@Controller()
export class ProbeController {
  constructor(private readonly sessions: SessionService) {}

  @Get('data')
  read(@Req() request: Request): Record<string, unknown> {
    const { cookie: _cookie, ...data } = request.session;
    return data;
  }

  @Post('data')
  write(@Req() request: Request, @Query() values: Record<string, string>): string {
    Object.assign(request.session, values);
    return 'written';
  }

  @Post('login')
  async login(@Req() request: Request, @Query('user') userId: string): Promise<{ id: string }> {
    const { id } = await this.sessions.login(request, { userId, methods: ['pwd'] });
    return { id };
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<void> {
    await this.sessions.logout(request);
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<void> {
    await this.sessions.rotate(request);
  }
}

export interface SessionApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly sessions: SessionService;
  close(): Promise<void>;
}

/** A small application on a free loopback port. */
export async function startSessionApp(
  options: Partial<SessionModuleOptions> = {},
  metadata: ModuleMetadata = {},
): Promise<SessionApp> {
  @Module({
    ...metadata,
    imports: [
      SessionModule.forRoot({
        secret: SECRET,
        cookie: { insecureDevelopment: true },
        selfService: true,
        ...options,
      }),
      ...(metadata.imports ?? []),
    ],
    controllers: [ProbeController, ...((metadata.controllers as Type[] | undefined) ?? [])],
  })
  class AppModule {}

  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: ['error', 'warn'],
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    sessions: app.get(SessionService),
    close: () => app.close(),
  };
}
