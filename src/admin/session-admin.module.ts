import { Controller, Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { optionsIn } from '../core/require-option.js';
import { AdminAuditController } from './admin-audit.controller.js';
import { AdminEventsController } from './admin-events.controller.js';
import { AdminEvents } from './admin-events.js';
import { AdminJobsController } from './admin-jobs.controller.js';
import { AdminJobs } from './admin-jobs.js';
import { AdminOverviewController } from './admin-overview.controller.js';
import { AdminOverview } from './admin-overview.js';
import { adminPageOf } from './admin-page.provider.js';
import { AdminSessionsController } from './admin-sessions.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import {
  ADMIN_GUARD,
  ADMIN_SCOPE,
  checkedGuard,
  checkedPlacement,
  checkedScope,
  type SessionAdminModuleAsyncOptions,
  type SessionAdminModuleOptions,
  type SessionAdminPlacement,
  type SessionAdminSettings,
} from './session-admin.options.js';

const CONTROLLERS: readonly Type[] = [
  AdminSessionsController,
  AdminUsersController,
  AdminJobsController,
  AdminAuditController,
  AdminOverviewController,
  AdminEventsController,
];

/**
 * The operators' API. Needs `SessionModule`, with `adminIndex` for lists over all users, and shows
 * the audit where `SessionAuditModule` keeps one. @publicApi
 */
@Module({})
export class SessionAdminModule {
  /** @throws SessionConfigInvalidError without a guard or a scope */
  static forRoot(options: SessionAdminModuleOptions): DynamicModule {
    const { scope, ...placement } = optionsIn('options', options) as SessionAdminModuleOptions;
    return placed(placement, { provide: ADMIN_SCOPE, useValue: checkedScope(scope) });
  }

  /** @throws SessionConfigInvalidError without a guard; without a scope, when the application starts */
  static forRootAsync({
    inject = [],
    useFactory,
    ...placement
  }: SessionAdminModuleAsyncOptions): DynamicModule {
    return placed(placement, {
      provide: ADMIN_SCOPE,
      inject,
      useFactory: async (...dependencies: never[]): Promise<SessionAdminSettings['scope']> => {
        const { scope } = await useFactory(...dependencies);
        return checkedScope(scope);
      },
    });
  }
}

function placed(placement: SessionAdminPlacement, scopeProvider: Provider): DynamicModule {
  const { guard, path = 'admin', imports = [], ui } = checkedPlacement(placement);
  const page = adminPageOf(ui, path);
  return {
    module: SessionAdminModule,
    imports,
    providers: [
      { provide: ADMIN_GUARD, useClass: checkedGuard(guard) },
      scopeProvider,
      AdminJobs,
      AdminOverview,
      AdminEvents,
      ...(page ? [page.provider] : []),
    ],
    controllers: [
      ...CONTROLLERS.map((controller) => mountedAt(path, controller)),
      ...(page ? [mountedAt(page.path, page.controller)] : []),
    ],
  };
}

/** A class of its own for each module, because a controller's path is fixed to its class. */
function mountedAt(path: string, controller: Type): Type {
  const mounted = { [controller.name]: class extends controller {} }[controller.name]!;
  Controller(path)(mounted);
  return mounted;
}
