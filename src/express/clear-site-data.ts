import { SessionConfigInvalidError } from '../core/errors.js';

/** What a browser can be told to forget (W3C Clear Site Data; HTML has added the caches). */
export const CLEAR_SITE_DATA_DIRECTIVES = [
  'cache',
  'clientHints',
  'cookies',
  'executionContexts',
  'prefetchCache',
  'prerenderCache',
  'storage',
  '*',
] as const;
export type ClearSiteDataDirective = (typeof CLEAR_SITE_DATA_DIRECTIVES)[number];

/** Not the cookies: ours is removed anyway, and those of every other host of the domain would go too. */
const BY_DEFAULT: readonly ClearSiteDataDirective[] = ['cache', 'storage'];

/** The header's value; undefined: it is not sent. @throws SessionConfigInvalidError */
export function clearSiteDataOf(
  option: boolean | readonly ClearSiteDataDirective[] = false,
): string | undefined {
  if (option === false) return undefined;
  const directives: unknown = option === true ? BY_DEFAULT : option;
  if (!Array.isArray(directives) || directives.length === 0 || !directives.every(isDirective))
    throw new SessionConfigInvalidError(
      'clearSiteData',
      `must be true, false, or some of ${CLEAR_SITE_DATA_DIRECTIVES.join(', ')}`,
      option,
    );
  return directives.map((directive) => `"${directive}"`).join(', ');
}

const isDirective = (value: unknown): value is ClearSiteDataDirective =>
  (CLEAR_SITE_DATA_DIRECTIVES as readonly unknown[]).includes(value);
