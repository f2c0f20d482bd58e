import { formatDuration, parseDuration, type Duration } from './duration.js';
import { SessionConfigInvalidError } from '../errors.js';

/** Timeouts of NIST SP 800-63B-4, by authentication assurance level. */
export type PolicyPreset = 'nist-aal1' | 'nist-aal2' | 'nist-aal3';

/** What the timeouts are held to. */
export interface PolicyInput {
  /** Sets the timeouts of a NIST assurance level, and refuses looser ones. Default: none. */
  readonly policy?: PolicyPreset;
  /** Why a timeout may be looser than `policy` has it, in up to 1,000 characters. Default: none. */
  readonly justification?: string;
}

/** The options that a preset bounds, with their values. */
export interface BoundTimeouts {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

/** A timeout looser than the preset has it. */
export interface PolicyDeviation {
  readonly option: 'idleTimeout' | 'absoluteTimeout';
  readonly valueMs: number;
  readonly boundMs: number;
}

/** Sections 2.1.3, 2.2.3 and 2.3.3. AAL1 asks for no end by inactivity. */
const BOUNDS: Readonly<Record<PolicyPreset, BoundTimeouts>> = {
  'nist-aal1': { absoluteTimeoutMs: parseDuration('30d')!, idleTimeoutMs: Infinity },
  'nist-aal2': { absoluteTimeoutMs: parseDuration('24h')!, idleTimeoutMs: parseDuration('1h')! },
  'nist-aal3': { absoluteTimeoutMs: parseDuration('12h')!, idleTimeoutMs: parseDuration('15m')! },
};

const PRESETS = Object.keys(BOUNDS) as PolicyPreset[];
const MAX_JUSTIFICATION_LENGTH = 1_000;
const CONTROL_CHARACTER = /[\p{Cc}\p{Cs}]/u;

/**
 * The defaults that a preset sets, none without one. An idle timeout as long as the absolute one
 * never ends anything, which is how "no end by inactivity" is written.
 */
export function presetDefaults(
  { policy }: PolicyInput,
  absoluteTimeout: Duration | undefined,
): { readonly idleTimeout?: Duration; readonly absoluteTimeout?: Duration } {
  if (policy === undefined) return {};
  const bounds = BOUNDS[policy];
  const absoluteTimeoutMs = parseDuration(absoluteTimeout) ?? bounds.absoluteTimeoutMs;
  return {
    absoluteTimeout: bounds.absoluteTimeoutMs,
    idleTimeout: Math.min(bounds.idleTimeoutMs, absoluteTimeoutMs),
  };
}

/** The timeouts that are looser than the preset. */
export function deviationsFrom(
  policy: PolicyPreset | undefined,
  { absoluteTimeoutMs, idleTimeoutMs }: BoundTimeouts,
): readonly PolicyDeviation[] {
  if (policy === undefined) return [];
  const bounds = BOUNDS[policy];
  const deviations: readonly PolicyDeviation[] = [
    { option: 'absoluteTimeout', valueMs: absoluteTimeoutMs, boundMs: bounds.absoluteTimeoutMs },
    { option: 'idleTimeout', valueMs: idleTimeoutMs, boundMs: bounds.idleTimeoutMs },
  ];
  return deviations.filter(({ valueMs, boundMs }) => valueMs > boundMs);
}

/** @throws SessionConfigInvalidError for a preset that does not exist or a reason that gives none */
export function requirePolicy({ policy, justification }: PolicyInput): void {
  if (policy !== undefined && !PRESETS.includes(policy))
    throw new SessionConfigInvalidError('policy', `must be one of ${PRESETS.join(', ')}`, policy);
  if (justification !== undefined && !isText(justification))
    throw new SessionConfigInvalidError(
      'justification',
      `must be a text of up to ${MAX_JUSTIFICATION_LENGTH} characters on one line`,
      justification,
    );
}

/** @throws SessionConfigInvalidError for a looser timeout that nothing justifies (OWASP ASVS 5.0, 7.1.1) */
export function requireJustified(
  { policy, justification }: PolicyInput,
  timeouts: BoundTimeouts,
): void {
  const [deviation] = deviationsFrom(policy, timeouts);
  if (!deviation || justification !== undefined) return;
  const { option, valueMs, boundMs } = deviation;
  throw new SessionConfigInvalidError(
    option,
    `must not exceed ${formatDuration(boundMs)} under policy "${policy}", unless "justification" says why`,
    formatDuration(valueMs),
  );
}

const isText = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= MAX_JUSTIFICATION_LENGTH &&
  !CONTROL_CHARACTER.test(value);
