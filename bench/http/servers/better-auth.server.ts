import {
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Query,
  Req,
  Res,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { betterAuth, type SecondaryStorage } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';
import type { Request, Response } from 'express';
import { Redis } from 'ioredis';
import { accountOf, toMe, type Me } from '../visitors.js';
import { SECRET, type BenchServer } from './bench-server.js';

/** Longer than the benchmark runs, so that the cache is always good: its best case. */
const CACHE_SECONDS = 3_600;

const INCREMENT = `
  local count = redis.call('INCR', KEYS[1])
  if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
  return count`;

/** Sessions are here and nowhere else, unless better-auth is told to store them in the database too. */
const secondaryStorageIn = (redis: Redis): SecondaryStorage => ({
  get: (key) => redis.get(key),
  getAndDelete: (key) => redis.getdel(key),
  increment: async (key, ttl) => Number(await redis.eval(INCREMENT, 1, key, ttl)),
  set: async (key, value, ttl) => {
    await (ttl ? redis.set(key, value, 'EX', ttl) : redis.set(key, value));
  },
  delete: async (key) => {
    await redis.del(key);
  },
});

const unhashed = {
  hash: (password: string): Promise<string> => Promise.resolve(password),
  verify: ({ hash, password }: { hash: string; password: string }): Promise<boolean> =>
    Promise.resolve(hash === password),
};

// The return type is what better-auth infers from the options, and is to be had in no other way.
const authOn = (redisUrl: string, cookieCache: 'none' | 'cookie') =>
  betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: SECRET,
    telemetry: { enabled: false },
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    secondaryStorage: secondaryStorageIn(new Redis(redisUrl)),
    session: { cookieCache: { enabled: cookieCache === 'cookie', maxAge: CACHE_SECONDS } },
    user: { additionalFields: { tenantId: { type: 'string', required: true } } },
    emailAndPassword: { enabled: true, password: unhashed },
  });

type AuthenticatedRequest = Request & { me: Me };

function moduleWith(auth: ReturnType<typeof authOn>): BenchServer['module'] {
  @Injectable()
  class BetterAuthGuard implements CanActivate {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
      const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
      if (!found) throw new UnauthorizedException();
      const { session, user } = found;
      const since = session.createdAt.getTime();
      request.me = { userId: user.name, tenantId: user.tenantId, since };
      return true;
    }
  }

  @Controller()
  class MeController {
    @Post('login')
    async login(
      @Query('visitor') visitor: string,
      @Res({ passthrough: true }) response: Response,
    ): Promise<void> {
      const { userId: name, tenantId } = accountOf(Number(visitor));
      const { headers } = await auth.api.signUpEmail({
        body: { name, tenantId, email: `${name}@example.com`, password: 'a-password' },
        returnHeaders: true,
      });
      response.setHeader('set-cookie', headers.getSetCookie());
    }

    @Get('me')
    @UseGuards(BetterAuthGuard)
    me(@Req() request: AuthenticatedRequest): Me {
      return toMe(request.me);
    }
  }

  @Module({ controllers: [MeController] })
  class BetterAuthModule {}
  return BetterAuthModule;
}

/** Sessions in Redis as secondary storage, asked for in a guard. */
export const betterAuthRedis = (redisUrl: string): BenchServer => ({
  module: moduleWith(authOn(redisUrl, 'none')),
});

/** The same with its cookie cache: what the cookie says is believed, and Redis is not asked. */
export const betterAuthCookieCache = (redisUrl: string): BenchServer => ({
  module: moduleWith(authOn(redisUrl, 'cookie')),
});
