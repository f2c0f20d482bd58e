import { SessionConfigInvalidError } from './errors.js';

/** `value` is told, so it is left out of what may hold a secret. @throws SessionConfigInvalidError */
export function requireOption(holds: boolean, option: string, rule: string, value?: unknown): void {
  if (!holds) throw new SessionConfigInvalidError(option, rule, value);
}

/** Options that belong together; absent, they all have their defaults. @throws SessionConfigInvalidError */
export function optionsIn<Options extends object>(
  option: string,
  options: Options | undefined,
): Partial<Options> {
  if (options === undefined) return {};
  // A text in the place of an object may be a secret that went astray.
  const told = typeof options === 'string' ? undefined : options;
  requireOption(isOptions(options), option, 'must be an object of options', told);
  return options;
}

/** @throws SessionConfigInvalidError */
export function requireSwitch(option: string, value: unknown): void {
  requireOption(typeof value === 'boolean', option, 'must be true or false', value);
}

/** Whether it can be asked all of this, whatever it is besides. */
export const hasMethods = (value: unknown, ...names: readonly string[]): boolean =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  names.every((name) => typeof Reflect.get(value, name) === 'function');

const isOptions = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
