import {
  Controller,
  Get,
  Injectable,
  Module,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
  type LoggerService,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import type { AddressInfo } from 'node:net';
import {
  CsrfGuard,
  Passive,
  RequireFresh,
  SessionGuard,
  SessionModule,
  SessionService,
  type SessionModuleOptions,
} from '../../src/index.js';

export const SECRET = 'a-secret-of-at-least-32-characters!';

/** Lets a spec hold a request inside its handler for as long as it likes. */
@Injectable()
export class Gate {
  private arrivals = 0;
  private waiting: (() => void)[] = [];
  private readonly watchers: { count: number; done: () => void }[] = [];

  wait(): Promise<void> {
    this.arrivals += 1;
    for (const { count, done } of this.watchers) if (this.arrivals >= count) done();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when that many requests have come to the gate since the beginning. */
  arrived(count: number): Promise<void> {
    if (this.arrivals >= count) return Promise.resolve();
    return new Promise((done) => this.watchers.push({ count, done }));
  }

  open(): void {
    for (const release of this.waiting.splice(0)) release();
  }
}

const dataOf = (request: Request): Record<string, unknown> => {
  const { cookie: _cookie, ...data } = request.session;
  return data;
};

/** A call with a Node callback, as a promise. */
export const promised = (call: (done: (error?: unknown) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    call((error) => {
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });

/** What `req.session` says, and what is written to it. */
@Controller()
export class ProbeController {
  constructor(private readonly gate: Gate) {}

  @Get('data')
  read(@Req() request: Request): Record<string, unknown> {
    return dataOf(request);
  }

  @Get('passive')
  @Passive()
  readPassively(@Req() request: Request): Record<string, unknown> {
    return dataOf(request);
  }

  @Get('guarded')
  @UseGuards(SessionGuard)
  guarded(@Req() request: Request): Record<string, unknown> {
    return dataOf(request);
  }

  @Get('fresh')
  @RequireFresh('10m')
  fresh(): string {
    return 'fresh';
  }

  @Post('data')
  write(@Req() request: Request, @Query() values: Record<string, string>): string {
    Object.assign(request.session, values);
    return 'written';
  }

  @Post('data/late')
  async writeLate(
    @Req() request: Request,
    @Query() values: Record<string, string>,
  ): Promise<string> {
    await this.gate.wait();
    Object.assign(request.session, values);
    return 'written';
  }

  @Post('data/:key/removal')
  remove(@Req() request: Request, @Param('key') key: string): void {
    Reflect.deleteProperty(request.session, key);
  }

  @Post('save')
  async save(@Req() request: Request, @Query() values: Record<string, string>): Promise<string> {
    Object.assign(request.session, values);
    await promised((done) => request.session.save(done));
    return request.session.id;
  }

  @Post('save/unawaited')
  saveUnawaited(@Req() request: Request, @Query() values: Record<string, string>): string {
    Object.assign(request.session, values);
    request.session.save();
    return 'sent';
  }

  @Post('save/late')
  async saveLate(
    @Req() request: Request,
    @Query() values: Record<string, string>,
  ): Promise<string> {
    await this.gate.wait();
    return this.save(request, values);
  }

  @Post('reload')
  async reload(@Req() request: Request): Promise<Record<string, unknown>> {
    Object.assign(request.session, { unsaved: 'yes' });
    await this.gate.wait();
    await promised((done) => request.session.reload(done));
    return dataOf(request);
  }

  @Post('regenerate')
  async regenerate(
    @Req() request: Request,
    @Query() values: Record<string, string>,
  ): Promise<void> {
    await promised((done) => request.session.regenerate(done));
    Object.assign(request.session, values);
  }

  @Post('destroy')
  async destroy(@Req() request: Request): Promise<string> {
    await promised((done) => request.session.destroy(done));
    return typeof request.session;
  }

  @Post('remember')
  remember(@Req() request: Request, @Query() values: Record<string, string>): void {
    request.session.cookie.maxAge = 3_600_000;
    Object.assign(request.session, values);
  }

  @Post('stream')
  stream(
    @Req() request: Request,
    @Res() response: Response,
    @Query() values: Record<string, string>,
  ): void {
    Object.assign(request.session, values);
    response.write('first,');
    response.end('last');
  }

  @Post('guarded-by-origin')
  @UseGuards(CsrfGuard)
  changeSomething(): string {
    return 'changed';
  }
}

/** Ways in and out through `SessionService`. */
@Controller()
export class AccountController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  async login(
    @Req() request: Request,
    @Query('user') userId: string,
    @Query('tenant') tenantId?: string,
  ): Promise<{ id: string; data: Record<string, unknown> }> {
    const held = request.session;
    const { id } = await this.sessions.login(request, {
      userId,
      methods: ['pwd'],
      ...(tenantId !== undefined && { tenantId }),
    });
    return { id, data: { ...dataOf(request), sameObject: held === request.session } };
  }

  @Post('logout')
  async logout(@Req() request: Request, @Query() values: Record<string, string>): Promise<void> {
    await this.sessions.logout(request);
    Object.assign(request.session, values);
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<void> {
    await this.sessions.rotate(request);
  }

  @Post('reauthenticate')
  async reauthenticate(@Req() request: Request): Promise<void> {
    await this.sessions.reauthenticate(request, ['pwd', 'otp']);
  }
}

export interface SessionApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly sessions: SessionService;
  readonly gate: Gate;
  close(): Promise<void>;
}

/** A small application on a free loopback port. */
export async function startSessionApp(
  options: Partial<SessionModuleOptions> = {},
  metadata: ModuleMetadata = {},
  logger: LoggerService | false = false,
  prepare: (app: NestExpressApplication) => void = () => undefined,
): Promise<SessionApp> {
  const controllers = (metadata.controllers as Type[] | undefined) ?? [];
  @Module({
    imports: [
      SessionModule.forRoot({
        secret: SECRET,
        cookie: { insecureDevelopment: true },
        selfService: true,
        ...options,
      }),
      ...(metadata.imports ?? []),
    ],
    controllers: [ProbeController, AccountController, ...controllers],
    providers: [Gate, ...(metadata.providers ?? [])],
  })
  class AppModule {}

  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger,
    abortOnError: false,
  });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    sessions: app.get(SessionService),
    gate: app.get(Gate),
    close: () => app.close(),
  };
}
