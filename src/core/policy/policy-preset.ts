import { formatDuration, parseDuration, type Duration } from './duration.js';
import { SessionConfigInvalidError } from '../errors.js';

/** Timeouts of NIST SP 800-63B-4, by authentication assurance level. */
export type PolicyPreset = 'nist-aal1' | 'nist-aal2' | 'nist-aal3';

/** What the timeouts are held to. */
export interface PolicyInput {
  /** Sets the timeouts of a NIST assurance level, and refuses looser ones. Default: none. */
  readonly policy?: PolicyPreset;
  /** Why a timeout may be looser than `policy` has it, in up to 1,000 characters; for two of them, one text each. Default: none. */
  readonly justification?: Justification;
}

const BOUND_OPTIONS = ['absoluteTimeout', 'idleTimeout'] as const;
/** The options that a preset bounds. */
export type BoundOption = (typeof BOUND_OPTIONS)[number];

/** A text justifies one looser timeout. */
export type Justification = string | Readonly<Partial<Record<BoundOption, string>>>;

export interface BoundTimeouts {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

/** A timeout looser than the preset has it. */
export interface PolicyDeviation {
  readonly option: BoundOption;
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
  if (justification === undefined) return;
  if (!isRecord(justification)) {
    requireText('justification', justification);
    return;
  }
  for (const [option, text] of Object.entries(justification)) {
    if (!BOUND_OPTIONS.some((bound) => bound === option))
      throw new SessionConfigInvalidError(
        `justification.${option}`,
        `must be one of ${BOUND_OPTIONS.join(', ')}`,
      );
    requireText(`justification.${option}`, text);
  }
}

/** What justifies a looser timeout, which a text alone does only for the only one. */
export const justificationOf = (
  option: BoundOption,
  justification: Justification | undefined,
): string | undefined =>
  typeof justification === 'string' ? justification : justification?.[option];

/**
 * @throws SessionConfigInvalidError for a looser timeout that nothing justifies (OWASP ASVS 5.0,
 * 7.1.1), and for two under one text
 */
export function requireJustified(
  { policy, justification }: PolicyInput,
  timeouts: BoundTimeouts,
): void {
  const deviations = deviationsFrom(policy, timeouts);
  if (typeof justification === 'string' && deviations.length > 1)
    throw new SessionConfigInvalidError(
      'justification',
      `must have a text for each of ${deviations.map(({ option }) => option).join(', ')}`,
      justification,
    );
  const unjustified = deviations.find(({ option }) => !justificationOf(option, justification));
  if (!unjustified) return;
  const { option, valueMs, boundMs } = unjustified;
  throw new SessionConfigInvalidError(
    option,
    `must not exceed ${formatDuration(boundMs)} under policy "${policy}", unless "justification" says why`,
    formatDuration(valueMs),
  );
}

function requireText(option: string, value: unknown): void {
  if (!isText(value))
    throw new SessionConfigInvalidError(
      option,
      `must be a text of up to ${MAX_JUSTIFICATION_LENGTH} characters on one line`,
      value,
    );
}

const isText = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= MAX_JUSTIFICATION_LENGTH &&
  !CONTROL_CHARACTER.test(value);

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
