import { Controller, Get, UseGuards } from '@nestjs/common';
import { Passive } from '../nest/decorators/passive.decorator.js';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import { AdminOverview } from './admin-overview.js';
import type { OverviewView } from './admin-views.js';
import { CurrentOperator, type Operator } from './operator.js';

/** The state of things, for a page that asks again and again. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard)
export class AdminOverviewController {
  constructor(private readonly overview: AdminOverview) {}

  @Get('overview')
  @Passive()
  read(@CurrentOperator() { scope }: Operator): Promise<OverviewView> {
    return this.overview.read(scope);
  }
}
