import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { optionsIn, requireOption } from '../../core/require-option.js';
import type { SessionModuleOptions } from '../session-module.options.js';
import { SESSION_OPTIONS } from '../session.tokens.js';
import { AccountPageController } from './account-page.controller.js';
import { csrfHeaderOf } from './csrf-header.js';
import { SERVED_PAGE, ServedPage, type PageLinks } from './served-page.js';

/** @publicApi */
export interface SessionAccountPageOptions extends PageLinks {
  /** Where the page is mounted, under any prefix of the application. Default: `account/sessions`. */
  readonly path?: string;
  /**
   * A route of the application, relative to the page or absolute, that takes `{ password }` by
   * POST and calls `reauthenticate`; the page asks with it where the session has to be fresh.
   * Without it the page leads to `signIn`. Default: none.
   */
  readonly stepUp?: string;
}

/**
 * The page "Where you are signed in", where users see and end their own sessions. Needs
 * `SessionModule` with `selfService`. @publicApi
 */
@Module({})
export class SessionAccountPageModule {
  /** @throws SessionConfigInvalidError */
  static forRoot(options?: SessionAccountPageOptions): DynamicModule {
    const { path = 'account/sessions', ...links } = optionsIn('accountPage', options);
    requireOption(typeof path === 'string', 'accountPage.path', 'must be a path', path);
    const MountedPage = class AccountPage extends AccountPageController {};
    Controller(path)(MountedPage);
    return {
      module: SessionAccountPageModule,
      controllers: [MountedPage],
      providers: [
        {
          provide: SERVED_PAGE,
          inject: [SESSION_OPTIONS],
          useFactory: (options: SessionModuleOptions) =>
            new ServedPage({
              option: 'accountPage',
              document: 'account.html',
              path,
              apiPath: '',
              csrfHeader: csrfHeaderOf(options),
              links,
            }),
        },
      ],
    };
  }
}
