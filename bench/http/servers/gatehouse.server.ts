import { Controller, Delete, Get, Module, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { Redis } from 'ioredis';
import {
  CurrentSession,
  SessionGuard,
  SessionModule,
  SessionService,
  type SessionId,
} from 'nestjs-gatehouse';
import { redisStore, type RedisStoreOptions } from 'nestjs-gatehouse/redis';
import { accountOf, CART, toMe, type Me } from '../visitors.js';
import { SECRET, type BenchServer } from './bench-server.js';

const meOf = ({ userId, tenantId, createdAt }: CurrentSession): Me =>
  toMe({ userId, tenantId, since: createdAt });

@Controller()
class MeController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  async login(@Req() request: Request, @Query('visitor') visitor: string): Promise<void> {
    await this.sessions.login(request, { ...accountOf(Number(visitor)), methods: ['pwd'] });
    Object.assign(request.session, CART);
  }

  @Get('me')
  @UseGuards(SessionGuard)
  me(@CurrentSession() session: CurrentSession): Me {
    return meOf(session);
  }

  /** The same, by a handler that reads `req.session` besides. */
  @Get('me/data')
  @UseGuards(SessionGuard)
  meAndData(@CurrentSession() session: CurrentSession, @Req() request: Request): Me {
    const { cart } = request.session as Partial<typeof CART>;
    if (cart?.length !== CART.cart.length) throw new Error('The session has lost its data');
    return meOf(session);
  }

  @Get('open')
  open(): string {
    return 'open';
  }

  @Post('cart')
  @UseGuards(SessionGuard)
  write(@Req() request: Request): void {
    Object.assign(request.session, { returnTo: `/orders/${Date.now()}` });
  }

  /** Ids of the first five. Nobody asks who wants to know: the benchmark has no administrator. */
  @Get('sessions')
  async list(@Query('visitor') visitor: string): Promise<readonly SessionId[]> {
    const { items } = await this.sessions.list(accountOf(Number(visitor)), { limit: 5 });
    return items.map(({ id }) => id);
  }

  @Delete('sessions')
  async kill(@Query('id') id: SessionId): Promise<void> {
    await this.sessions.revoke(id, { reason: 'admin', initiator: 'admin' });
  }
}

function serverWith(redisUrl: string, options: RedisStoreOptions): BenchServer {
  @Module({
    imports: [
      SessionModule.forRoot({
        secret: SECRET,
        store: redisStore(new Redis(redisUrl, { lazyConnect: true }), options),
        cookie: { insecureDevelopment: true },
        audit: false,
      }),
    ],
    controllers: [MeController],
  })
  class GatehouseModule {}
  return { module: GatehouseModule };
}

/** This package with Redis, as its README starts: every request asks Redis. */
export const gatehouseStrict = (redisUrl: string): BenchServer =>
  serverWith(redisUrl, { prefix: 'strict' });

/** The same with sessions kept near. */
export const gatehouseNear = (redisUrl: string): BenchServer =>
  serverWith(redisUrl, { prefix: 'near', nearCache: true });
