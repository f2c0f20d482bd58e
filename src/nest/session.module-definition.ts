import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { requireSwitch } from '../core/require-option.js';
import { SelfServiceController } from './self-service.controller.js';
import type { SessionModuleOptions } from './session-module.options.js';
import { SESSION_OPTIONS } from './session.tokens.js';

/** What is decided when the module is written down, before any option is known. */
export interface SessionModuleExtras {
  /** Mounts `GET /session`, `GET /sessions`, `DELETE /sessions` and `DELETE /sessions/:id`. Default: false. */
  readonly selfService?: boolean;
  /** Default: true. */
  readonly isGlobal?: boolean;
}

const withExtras = (
  definition: DynamicModule,
  { selfService = false, isGlobal = true }: SessionModuleExtras,
): DynamicModule => {
  requireSwitch('selfService', selfService);
  requireSwitch('isGlobal', isGlobal);
  return {
    ...definition,
    global: isGlobal,
    controllers: selfService ? [SelfServiceController] : [],
  };
};

export const { ConfigurableModuleClass: SessionModuleBase } =
  new ConfigurableModuleBuilder<SessionModuleOptions>({ optionsInjectionToken: SESSION_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSessionOptions')
    .setExtras<SessionModuleExtras>({}, withExtras)
    .build();
