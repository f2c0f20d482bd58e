import { Controller, Get, Header, Req } from '@nestjs/common';
import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    visits?: number;
  }
}

/** Counts in `req.session`, signed in or not. */
@Controller()
export class VisitsController {
  @Get('visits')
  @Header('Cache-Control', 'no-store')
  count(@Req() { session }: Request): { readonly visits: number } {
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  }
}
