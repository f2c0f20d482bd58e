import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { requireSwitch } from '../core/require-option.js';
import { OwnEventsController } from './own-events.controller.js';
import type { SessionAuditModuleOptions } from './session-audit.options.js';

/** What is decided when the module is written down, before any option is known. */
export interface SessionAuditModuleExtras {
  /** Mounts `GET /session/events`. Default: false. */
  readonly selfService?: boolean;
  /** Default: true. */
  readonly isGlobal?: boolean;
}

const withExtras = (
  definition: DynamicModule,
  { selfService = false, isGlobal = true }: SessionAuditModuleExtras,
): DynamicModule => {
  requireSwitch('selfService', selfService);
  requireSwitch('isGlobal', isGlobal);
  return { ...definition, global: isGlobal, controllers: selfService ? [OwnEventsController] : [] };
};

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: SESSION_AUDIT_OPTIONS } =
  new ConfigurableModuleBuilder<SessionAuditModuleOptions>({ moduleName: 'SessionAudit' })
    .setClassMethodName('forRoot')
    .setExtras<SessionAuditModuleExtras>({}, withExtras)
    .build();
