import 'reflect-metadata';
import {
  Controller,
  Get,
  Module,
  Param,
  Post,
  Query,
  Req,
  UseGuards,
  type DynamicModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import type { AddressInfo } from 'node:net';
import {
  CurrentSession,
  SessionGuard,
  SessionModule,
  SessionService,
  type SessionId,
} from 'nestjs-gatehouse';
import {
  auditEntities,
  auditMigrations,
  AuditService,
  SessionAuditModule,
} from 'nestjs-gatehouse/audit';
import { redisStore } from 'nestjs-gatehouse/redis';
import { DataSource } from 'typeorm';
import type { ApplicationSetting } from './application-setting.js';
import { redisClientOf } from './redis-client.js';

const SECRET = 'a-secret-that-all-of-them-know-well!';
const REASON = { reason: 'ended-by-admin', initiator: 'admin' } as const;
const HOUR_MS = 3_600_000;
/** A connection that the server closes for being idle looks to its client like one that broke. */
const LONGER_THAN_ANY_PAUSE_MS = HOUR_MS;

/** One route for every change and every kind of listing. */
@Controller()
class ChaosController {
  constructor(
    private readonly sessions: SessionService,
    private readonly audit: AuditService,
  ) {}

  @Post('login')
  async login(@Req() request: Request, @Query('user') userId: string): Promise<{ id: string }> {
    const { id } = await this.sessions.login(request, { userId, methods: ['pwd'] });
    return { id };
  }

  @Get('guarded')
  @UseGuards(SessionGuard)
  read(@CurrentSession() session: CurrentSession): { id: string } {
    return { id: session.id };
  }

  @Post('write')
  @UseGuards(SessionGuard)
  write(@Req() request: Request, @Query('value') value: string): void {
    Object.assign(request.session, { value: Number(value) });
  }

  @Post('logout')
  @UseGuards(SessionGuard)
  logout(@Req() request: Request): Promise<void> {
    return this.sessions.logout(request);
  }

  @Post('rotate')
  @UseGuards(SessionGuard)
  async rotate(@Req() request: Request): Promise<void> {
    await this.sessions.rotate(request);
  }

  @Post('kill/:id')
  async kill(@Param('id') id: SessionId): Promise<{ ended: boolean }> {
    return { ended: await this.sessions.revoke(id, REASON) };
  }

  @Post('kill-user')
  async killUser(@Query('user') userId: string): Promise<{ ended: readonly string[] }> {
    return { ended: await this.sessions.revokeAll({ tenantId: '', userId }, REASON) };
  }

  @Post('kill-everybody')
  killEverybody(): Promise<{ shards: number; done: number }> {
    return this.sessions.revokeEverything(REASON);
  }

  @Post('block')
  async block(@Query('user') userId: string): Promise<void> {
    await this.sessions.block({ tenantId: '', userId }, this.sessions.now() + HOUR_MS, REASON);
  }

  @Get('list')
  async list(@Query('user') userId: string): Promise<{ ids: readonly string[] }> {
    const { items } = await this.sessions.list({ tenantId: '', userId }, { limit: 100 });
    return { ids: items.map(({ id }) => id) };
  }

  @Get('search')
  async search(): Promise<{ examined: number }> {
    const { examined } = await this.sessions.search({}, { limit: 5 });
    return { examined };
  }

  @Get('health')
  async health(): Promise<object> {
    return { ...(await this.sessions.health()), audit: await this.audit.health() };
  }
}

/** Starts one application on a free loopback port, and answers its URL. */
export async function startApplication(setting: ApplicationSetting): Promise<string> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: setting.databaseUrl,
    entities: auditEntities,
    migrations: auditMigrations,
    extra: { max: 4 },
  });
  await dataSource.initialize();
  const app = await NestFactory.create<NestExpressApplication>(moduleOf(setting, dataSource), {
    logger: ['fatal', 'error'],
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();
  server.keepAliveTimeout = LONGER_THAN_ANY_PAUSE_MS;
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

function moduleOf(setting: ApplicationSetting, dataSource: DataSource): DynamicModule {
  const { prefix, shards, durability, nearCache, storeTimeoutMs, rotationIntervalMs } = setting;
  @Module({})
  class ChaosModule {}
  return {
    module: ChaosModule,
    imports: [
      SessionModule.forRoot({
        secret: SECRET,
        cookie: { insecureDevelopment: true },
        store: redisStore(redisClientOf(setting.redis), {
          prefix,
          shards,
          durability,
          nearCache,
        }),
        storeTimeout: storeTimeoutMs,
        rotationInterval: rotationIntervalMs,
        rotationGracePeriod: '1s',
        rotationRetry: '1s',
        stragglerWindow: '1s',
        touchInterval: 0,
        sweepInterval: '1s',
        adminIndex: true,
      }),
      SessionAuditModule.forRoot({
        dataSource,
        keys: [{ keyId: 'chaos', key: 'a key of thirty-two bytes at least' }],
        pollInterval: '250ms',
      }),
    ],
    controllers: [ChaosController],
  };
}
