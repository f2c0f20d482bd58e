import type { SessionModuleOptions } from '../session-module.options.js';

/** Where a page puts its CSRF token. */
export const csrfHeaderOf = ({ csrf }: SessionModuleOptions): string =>
  csrf?.tokenHeader ?? 'x-csrf-token';
