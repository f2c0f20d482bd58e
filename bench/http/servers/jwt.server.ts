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
import type { Request } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import { accountOf, toMe, type Me } from '../visitors.js';
import { SECRET, type BenchServer } from './bench-server.js';

const ISSUER = 'urn:example:issuer';
const AUDIENCE = 'urn:example:audience';

/** Imported once: jose imports a key that it is handed as bytes again for every token. */
const key = await crypto.subtle.importKey(
  'raw',
  new TextEncoder().encode(SECRET),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign', 'verify'],
);

type AuthenticatedRequest = Request & { me: Me };

@Injectable()
class JwtGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
    if (scheme !== 'Bearer' || token === undefined) throw new UnauthorizedException();
    request.me = await this.verify(token);
    return true;
  }

  private async verify(token: string): Promise<Me> {
    try {
      const options = { issuer: ISSUER, audience: AUDIENCE };
      const { payload } = await jwtVerify<{ tenantId: string; since: number }>(token, key, options);
      return { userId: payload.sub!, tenantId: payload.tenantId, since: payload.since };
    } catch {
      throw new UnauthorizedException();
    }
  }
}

@Controller()
class MeController {
  @Post('login')
  async login(@Query('visitor') visitor: string): Promise<{ token: string }> {
    const { userId, tenantId } = accountOf(Number(visitor));
    const token = await new SignJWT({ tenantId, since: Date.now() })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('12h')
      .sign(key);
    return { token };
  }

  @Get('me')
  @UseGuards(JwtGuard)
  me(@Req() request: AuthenticatedRequest): Me {
    return toMe(request.me);
  }
}

@Module({ controllers: [MeController] })
class JwtModule {}

/** A token verified in a guard, as Nest's documentation has it; nothing can revoke it. */
export const jwt = (): BenchServer => ({ module: JwtModule });
