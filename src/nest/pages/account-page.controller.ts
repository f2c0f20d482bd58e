import { Controller, Get, Inject, Param, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Passive } from '../decorators/passive.decorator.js';
import { SessionGuard } from '../guards/session.guard.js';
import { SERVED_PAGE, type ServedPage } from './served-page.js';
import { SignInFilter } from './sign-in.filter.js';

/** "Where you are signed in", for whoever is. */
@Controller()
@UseGuards(SessionGuard)
export class AccountPageController {
  constructor(@Inject(SERVED_PAGE) private readonly page: ServedPage) {}

  @Get()
  @UseFilters(SignInFilter)
  document(@Req() request: Request, @Res() response: Response): void {
    this.page.sendDocument(request, response);
  }

  @Get('assets/:name')
  @Passive()
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    this.page.sendAsset(name, request, response);
  }
}
