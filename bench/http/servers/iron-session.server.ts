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
import type { Request, Response } from 'express';
import { getIronSession, type IronSession } from 'iron-session';
import { accountOf, CART, toMe, type Me } from '../visitors.js';
import { SECRET, type BenchServer } from './bench-server.js';

const OPTIONS = { password: SECRET, cookieName: 'session', cookieOptions: { secure: false } };

type AuthenticatedRequest = Request & { me: Me };

const sessionOf = (request: Request, response: Response): Promise<IronSession<{ me?: Me }>> =>
  getIronSession(request, response, OPTIONS);

@Injectable()
class IronSessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    const { me } = await sessionOf(request, http.getResponse<Response>());
    if (!me) throw new UnauthorizedException();
    request.me = me;
    return true;
  }
}

@Controller()
class MeController {
  @Post('login')
  async login(
    @Req() request: Request,
    @Query('visitor') visitor: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const session = await sessionOf(request, response);
    const me = { ...accountOf(Number(visitor)), since: Date.now() };
    Object.assign(session, { me, ...CART });
    await session.save();
  }

  @Get('me')
  @UseGuards(IronSessionGuard)
  me(@Req() request: AuthenticatedRequest): Me {
    return toMe(request.me);
  }
}

@Module({ controllers: [MeController] })
class IronSessionModule {}

/** The session itself, sealed in the cookie; nothing can revoke it. */
export const ironSession = (): BenchServer => ({ module: IronSessionModule });
