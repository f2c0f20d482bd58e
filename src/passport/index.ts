export { SessionAuthGuard, type SessionAuthGuardOptions } from './session-auth.guard.js';
export {
  SessionPassportModule,
  type SessionPassportModuleOptions,
} from './session-passport.module.js';
export { SessionSerializer } from './session-serializer.js';
