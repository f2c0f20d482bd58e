import {
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Query,
  Req,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import session from 'express-session';
import { Redis } from 'ioredis';
import { accountOf, CART, toMe, type Me } from '../visitors.js';
import { SECRET, type BenchServer } from './bench-server.js';

type SessionRequest = Request & { session: { me?: Me } };

@Injectable()
class SignedInGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { session } = context.switchToHttp().getRequest<SessionRequest>();
    if (!session.me) throw new UnauthorizedException();
    return true;
  }
}

@Controller()
class MeController {
  /** Regenerated and saved as express-session's documentation says a login should be. */
  @Post('login')
  login(@Req() request: SessionRequest, @Query('visitor') visitor: string): Promise<void> {
    return new Promise((resolve, reject) => {
      request.session.regenerate((error) => {
        if (error) reject(error as Error);
        const me = { ...accountOf(Number(visitor)), since: Date.now() };
        Object.assign(request.session, { me, ...CART });
        request.session.save((failure) => (failure ? reject(failure as Error) : resolve()));
      });
    });
  }

  @Get('me')
  @UseGuards(SignedInGuard)
  me(@Req() request: SessionRequest): Me {
    return toMe(request.session.me!);
  }
}

@Module({ controllers: [MeController] })
class ExpressSessionModule {}

const serverOn = (store?: session.Store): BenchServer => ({
  module: ExpressSessionModule,
  configure: (app) =>
    app.use(
      session({ secret: SECRET, resave: false, saveUninitialized: false, ...(store && { store }) }),
    ),
});

/** express-session with the store that it brings. */
export const expressSessionMemory = (): BenchServer => serverOn();

/** express-session with connect-redis; `resave` and `saveUninitialized` as its documentation says. */
export const expressSessionRedis = (redisUrl: string): BenchServer =>
  serverOn(new RedisStore({ client: new Redis(redisUrl) }));
