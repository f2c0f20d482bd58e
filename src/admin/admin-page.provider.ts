import type { Provider, Type } from '@nestjs/common';
import { csrfHeaderOf } from '../nest/pages/csrf-header.js';
import { SERVED_PAGE, ServedPage } from '../nest/pages/served-page.js';
import type { SessionModuleOptions } from '../nest/session-module.options.js';
import { SESSION_OPTIONS } from '../nest/session.tokens.js';
import { AdminPageController } from './admin-page.controller.js';
import type { SessionAdminPlacement } from './session-admin.options.js';

export interface AdminPage {
  readonly path: string;
  readonly controller: Type;
  readonly provider: Provider;
}

/** Undefined where the application wants no page. */
export function adminPageOf(
  ui: SessionAdminPlacement['ui'],
  apiPath: string,
): AdminPage | undefined {
  if (ui === undefined || ui === false) return undefined;
  const { path = apiPath, ...links } = ui === true ? {} : ui;
  return {
    path,
    controller: AdminPageController,
    provider: {
      provide: SERVED_PAGE,
      inject: [SESSION_OPTIONS],
      useFactory: (options: SessionModuleOptions) =>
        new ServedPage({
          option: 'ui',
          document: 'admin.html',
          path,
          apiPath,
          csrfHeader: csrfHeaderOf(options),
          links,
        }),
    },
  };
}
