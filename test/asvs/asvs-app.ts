import { Body, Controller, Get, Injectable, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';
import type { Request } from 'express';
import type { DataSource } from 'typeorm';
import { SessionAdminModule } from '../../src/admin/index.js';
import {
  AuditService,
  SessionAuditModule,
  type AuditVerification,
  type AuditView,
} from '../../src/audit/index.js';
import type { AuditFilter } from '../../src/audit/audit-query.js';
import {
  Public,
  RequireFresh,
  SessionGuard,
  SessionService,
  type SessionModuleOptions,
} from '../../src/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { KEY, openAuditDatabase } from '../integration/audit-fixtures.js';
import { ADMIN_OPTIONS, signIn } from '../support/admin-app.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

export const userNamed = (userId: string) => ({ tenantId: '', userId });

/** Steps of an account's life, as an application writes them. */
@Controller('account')
@UseGuards(SessionGuard)
class AccountFlowsController {
  constructor(private readonly sessions: SessionService) {}

  @Get('page')
  page(): string {
    return 'page';
  }

  @Post('email')
  @RequireFresh('10m')
  changeEmail(): string {
    return 'changed';
  }

  @Post('password')
  @RequireFresh('10m')
  async changePassword(@Req() request: Request): Promise<number> {
    return (await this.sessions.credentialsChanged(request)).length;
  }

  @Post('disabled')
  @Public()
  async disable(@Query('user') userId: string): Promise<number> {
    return (await this.sessions.disableUser(userNamed(userId), { initiator: 'admin' })).length;
  }

  @Get('csrf-token')
  csrfToken(@Req() request: Request): string {
    return this.sessions.csrfToken(request);
  }

  @Post('failed-login')
  @Public()
  fail(@Req() request: Request, @Body() attempted: { userId: string }): Promise<void> {
    return this.sessions.recordFailedLogin(request, attempted);
  }

  @Get('public')
  @Public()
  open(): string {
    return 'public';
  }

  @Get('crash')
  @Public()
  crash(): never {
    throw new Error('SELECT secret FROM accounts at 10.0.0.5:5432');
  }
}

/** What the application logs. */
@Injectable()
export class Log implements LoggerService {
  readonly lines: string[] = [];

  readonly log = (...parts: unknown[]): void => this.keep(parts);
  readonly warn = this.log;
  readonly error = this.log;
  readonly debug = this.log;
  readonly verbose = this.log;

  private keep(parts: readonly unknown[]): void {
    this.lines.push(parts.map((part) => (part instanceof Error ? part.stack : part)).join(' '));
  }
}

export interface AsvsApp extends SessionApp {
  readonly clock: FakeClock;
  readonly log: Log;
  /** Where the audit is. */
  readonly dataSource: DataSource;
  browser(): Browser;
  signIn(userId: string, tenantId?: string): Promise<Browser>;
  /** Audit rows, oldest first, once every event is in the database. */
  events(filter?: AuditFilter): Promise<readonly AuditView[]>;
  /** Whether the audit is as it was written. */
  verifyAudit(): Promise<AuditVerification>;
}

/** An application with all that the module has: self-service, operators, and an audit in SQL. */
export async function startAsvsApp(options: Partial<SessionModuleOptions> = {}): Promise<AsvsApp> {
  const clock = new FakeClock();
  const log = new Log();
  const database = await openAuditDatabase('sqlite');
  const { dataSource } = database;
  const imports = [
    SessionAuditModule.forRoot({ dataSource, keys: [KEY], pollInterval: '100ms' }),
    SessionAdminModule.forRoot(ADMIN_OPTIONS),
  ];
  const sut = await startSessionApp(
    { clock, adminIndex: true, ...options },
    { imports, controllers: [AccountFlowsController] },
    log,
  );
  const audit = sut.app.get(AuditService);
  return {
    ...sut,
    clock,
    log,
    dataSource,
    browser: () => new Browser(sut.url),
    signIn: (userId, tenantId) => signIn(sut.url, userId, tenantId),
    events: async (filter = {}) => {
      await eventually(async () => (await audit.health()).waiting === 0);
      return [...(await audit.find(filter, { limit: 200 })).items].reverse();
    },
    verifyAudit: () => audit.verify(),
    close: async () => {
      await sut.close();
      await database.close();
    },
  };
}

/** Answers of a browser's requests, in order. */
export async function statusesOf(
  browsers: readonly Browser[],
  path = '/guarded',
): Promise<readonly number[]> {
  const answers = await Promise.all(browsers.map((browser) => browser.get(path)));
  return answers.map(({ status }) => status);
}
