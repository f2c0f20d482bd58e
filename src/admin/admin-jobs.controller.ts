import { Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Passive } from '../nest/decorators/passive.decorator.js';
import { PassiveHeader } from '../nest/decorators/passive-header.decorator.js';
import { CsrfGuard } from '../nest/guards/csrf.guard.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { ADMIN_PASSIVE_HEADER, AdminAccessGuard } from './admin-access.guard.js';
import { AdminJobs } from './admin-jobs.js';
import type { JobView } from './admin-views.js';
import { CurrentOperator, type Operator } from './operator.js';
import { toJobView } from './to-job-view.js';

/** Long work: set going here or elsewhere, looked at here, from whichever node. */
@Controller()
@PassiveHeader(ADMIN_PASSIVE_HEADER)
@UseGuards(SessionGuard, AdminAccessGuard, CsrfGuard)
export class AdminJobsController {
  constructor(private readonly jobs: AdminJobs) {}

  @Get('jobs/:id')
  @Passive()
  async find(@CurrentOperator() { scope }: Operator, @Param('id') id: string): Promise<JobView> {
    return toJobView(await this.jobs.find(id, scope));
  }

  /** Reads every row of the audit, and changes none. */
  @Post('audit/verify')
  @HttpCode(202)
  async verify(@CurrentOperator() operator: Operator): Promise<JobView> {
    return toJobView(await this.jobs.verify(operator));
  }
}
