import type { Duration } from '../../core/policy/duration.js';
import { resolveDuration } from '../../core/policy/session-options.js';
import { SessionConfigInvalidError } from '../../core/errors.js';

export interface NearCacheOptions {
  /** Sessions kept at most, 1 to 10000000. Default: 10000. */
  readonly maxEntries?: number;
  /** Bytes of memory that they may take, as estimated, 65536 to 17179869184. Default: 33554432. */
  readonly maxBytes?: number;
  /**
   * How long what is kept counts after the last proof that messages arrive, 300ms to 10s: where the
   * link freezes, an ended session may be served elsewhere for so long. Default: 1500ms.
   */
  readonly lease?: Duration;
}

export interface ResolvedNearCacheOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly leaseMs: number;
}

const BOUNDS = {
  maxEntries: { default: 10_000, min: 1, max: 10_000_000 },
  maxBytes: { default: 33_554_432, min: 65_536, max: 17_179_869_184 },
} as const;

/** Undefined: off. @throws SessionConfigInvalidError */
export function resolveNearCacheOptions(
  option: boolean | NearCacheOptions = false,
): ResolvedNearCacheOptions | undefined {
  if (option === false) return undefined;
  if (option !== true && (typeof option !== 'object' || option === null || Array.isArray(option)))
    throw new SessionConfigInvalidError(
      'store.nearCache',
      'must be true, false or an object',
      option,
    );
  const options = option === true ? {} : option;
  return {
    maxEntries: countOf('maxEntries', options),
    maxBytes: countOf('maxBytes', options),
    leaseMs: resolveDuration('store.nearCache.lease', options.lease ?? '1500ms', {
      min: '300ms',
      max: '10s',
    }),
  };
}

function countOf(name: 'maxEntries' | 'maxBytes', options: NearCacheOptions): number {
  const { default: fallback, min, max } = BOUNDS[name];
  const count = options[name] ?? fallback;
  if (!Number.isInteger(count) || count < min || count > max)
    throw new SessionConfigInvalidError(
      `store.nearCache.${name}`,
      `must be a whole number from ${min} to ${max}`,
      count,
    );
  return count;
}
