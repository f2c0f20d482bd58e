import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Injectable,
  Module,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Request, Response } from 'express';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { DataSourceOptions } from 'typeorm';
import { SessionAdminModule } from '../../src/admin/index.js';
import { SessionAuditModule, auditEntities, auditMigrations } from '../../src/audit/index.js';
import {
  CsrfGuard,
  CurrentSession,
  SessionAccountPageModule,
  SessionGuard,
  SessionModule,
  SessionService,
  findSignedIn,
  type SessionModuleOptions,
} from '../../src/index.js';

export const PASSWORD = 'correct horse';
export const AUDIT_KEY = { keyId: 'ui', key: randomBytes(32) };

@Injectable()
class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const session = findSignedIn(context.switchToHttp().getRequest<Request>());
    return session?.userId.startsWith('operator') ?? false;
  }
}

interface Login {
  readonly user?: string;
  readonly tenant?: string;
  readonly password?: string;
  readonly returnTo?: string;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** An application's own way in: a form, and a route for the password again. */
@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Get('login')
  @Header('Content-Type', 'text/html; charset=utf-8')
  form(@Query('returnTo') returnTo = '/'): string {
    return `<!doctype html><html lang="en"><title>Sign in</title><link rel="icon" href="data:,"><form method="post">
      <input name="user" aria-label="User"><input name="tenant" aria-label="Tenant">
      <input name="password" type="password" aria-label="Password">
      <input type="hidden" name="returnTo" value="${escaped(returnTo)}"><button>Sign in</button></form>`;
  }

  @Post('login')
  @UseGuards(CsrfGuard)
  async logIn(
    @Body() { user = '', tenant = '', password, returnTo = '/' }: Login,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (password !== PASSWORD) throw new ForbiddenException('Wrong password');
    await this.sessions.login(request, { tenantId: tenant, userId: user, methods: ['pwd'] });
    response.redirect(303, returnTo.startsWith('/') ? returnTo : '/');
  }

  @Post('confirm')
  @HttpCode(204)
  @UseGuards(SessionGuard, CsrfGuard)
  async confirm(@Body() { password }: Login, @Req() request: Request): Promise<void> {
    if (password !== PASSWORD) throw new ForbiddenException('Wrong password');
    await this.sessions.reauthenticate(request, ['pwd']);
  }

  @Get('whoami')
  @UseGuards(SessionGuard)
  whoAmI(@CurrentSession() { userId }: CurrentSession): string {
    return userId;
  }
}

export interface UiAppOptions {
  readonly sessions: Omit<SessionModuleOptions, 'secret'>;
  /** An empty database for the audit. */
  readonly database: DataSourceOptions;
  /** As behind a proxy or under a global prefix. Default: none. */
  readonly prefix?: string;
}

export interface UiApp {
  readonly app: NestExpressApplication;
  /** With the prefix; no slash at the end. */
  readonly url: string;
  /** Ends every connection that is open now. */
  readonly cut: () => void;
  close(): Promise<void>;
}

/** An application that has both pages, with sessions and audit where the options say. */
export async function startUiApp(options: UiAppOptions): Promise<UiApp> {
  const { prefix = '' } = options;
  const app = await NestFactory.create<NestExpressApplication>(moduleOf(options), {
    logger: ['error', 'fatal'],
  });
  app.set('trust proxy', 'loopback');
  app.useBodyParser('urlencoded', { extended: false });
  if (prefix !== '') app.setGlobalPrefix(prefix);
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  const path = prefix === '' ? '' : `/${prefix}`;
  return {
    app,
    url: `http://127.0.0.1:${port}${path}`,
    cut: () => server.closeAllConnections(),
    close: () => app.close(),
  };
}

/** Relative to each page, so that they are right behind whichever proxy. */
const LINKS = {
  admin: { signIn: '../login' },
  account: { signIn: '../../login', stepUp: '../../confirm' },
} as const;

function moduleOf({ sessions, database }: UiAppOptions): Type {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        ...database,
        entities: auditEntities,
        migrations: auditMigrations,
        migrationsRun: true,
      }),
      SessionModule.forRoot({
        selfService: true,
        secret: 'a-secret-of-at-least-32-characters!',
        cookie: { insecureDevelopment: true },
        adminIndex: true,
        ...sessions,
      }),
      SessionAuditModule.forRoot({
        selfService: true,
        keys: [AUDIT_KEY],
      }),
      SessionAdminModule.forRoot({
        guard: OperatorGuard,
        scope: ({ tenantId }) => (tenantId === '' ? 'all' : { tenantId }),
        ui: LINKS.admin,
      }),
      SessionAccountPageModule.forRoot(LINKS.account),
    ],
    controllers: [LoginController],
  })
  class UiAppModule {}
  return UiAppModule;
}
