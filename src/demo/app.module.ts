import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionAccountPageModule, SessionModule } from 'nestjs-gatehouse';
import { SessionAdminModule } from 'nestjs-gatehouse/admin';
import { SessionAuditModule } from 'nestjs-gatehouse/audit';
import { SessionPassportModule } from 'nestjs-gatehouse/passport';
import { DataSource } from 'typeorm';
import { AccountController } from './account.controller.js';
import { AccountSerializer } from './accounts/account.serializer.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { OperatorGuard } from './accounts/operator.guard.js';
import { ChatGateway } from './chat.gateway.js';
import { ClockController } from './clock.controller.js';
import type { Configuration } from './configuration.js';
import { CONFIGURATION, ConfigurationModule } from './configuration.module.js';
import { databaseOptions } from './database.js';
import { LoginController } from './login/login.controller.js';
import { PasswordStrategy } from './login/password.strategy.js';
import { PageController } from './page/page.controller.js';
import { sessionOptions } from './sessions.js';
import { VisitsController } from './visits.controller.js';

@Module({
  imports: [
    ConfigurationModule,
    AccountsModule,
    TypeOrmModule.forRootAsync({ inject: [CONFIGURATION], useFactory: databaseOptions }),
    SessionModule.forRootAsync({
      selfService: true,
      inject: [CONFIGURATION, DataSource],
      useFactory: sessionOptions,
    }),
    SessionAuditModule.forRootAsync({
      selfService: true,
      inject: [CONFIGURATION],
      useFactory: ({ auditKey }: Configuration) => ({
        retention: '180d',
        ...(auditKey !== undefined && { keys: [{ keyId: 'demo', key: auditKey }] }),
      }),
    }),
    SessionAdminModule.forRoot({ guard: OperatorGuard, scope: 'all', ui: { signIn: '/' } }),
    SessionAccountPageModule.forRoot({ signIn: '/', stepUp: '/account/confirm' }),
    SessionPassportModule.forRoot({ serializer: AccountSerializer, imports: [AccountsModule] }),
  ],
  controllers: [
    PageController,
    VisitsController,
    LoginController,
    AccountController,
    ClockController,
  ],
  providers: [PasswordStrategy, ChatGateway],
})
export class AppModule {}
