import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { SessionAuditModuleOptions } from './session-audit.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: SESSION_AUDIT_OPTIONS } =
  new ConfigurableModuleBuilder<SessionAuditModuleOptions>({ moduleName: 'SessionAudit' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();
