import { formatDuration } from './duration.js';
import {
  deviationsFrom,
  justificationOf,
  type PolicyDeviation,
  type PolicyPreset,
} from './policy-preset.js';
import type { OnLimit, SessionOptions } from './session-options.js';

/** The decisions on sessions that are in force (OWASP ASVS 5.0, 7.1.1 and 7.1.2). Durations in milliseconds. */
export interface PolicyDescription {
  /** Null: the timeouts are held to no preset. */
  readonly policy: PolicyPreset | null;
  /** As long as the absolute timeout: nothing ends by inactivity. */
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly anonymousIdleTimeoutMs: number;
  /** 0: tokens are exchanged at logins and on request alone. */
  readonly rotationIntervalMs: number;
  /** 0: any number. */
  readonly maxSessionsPerUser: number;
  readonly onLimit: OnLimit;
  /** The timeouts that are looser than the preset, and why. */
  readonly deviations: readonly JustifiedDeviation[];
  /** The same in sentences, one a line, for documents and reviewers. */
  readonly text: string;
}

export interface JustifiedDeviation extends PolicyDeviation {
  readonly justification: string;
}

export function describePolicy(options: SessionOptions): PolicyDescription {
  const deviations = deviationsFrom(options.policy, options).map((deviation) => ({
    ...deviation,
    justification: justificationOf(deviation.option, options.justification)!,
  }));
  return {
    policy: options.policy ?? null,
    idleTimeoutMs: options.idleTimeoutMs,
    absoluteTimeoutMs: options.absoluteTimeoutMs,
    anonymousIdleTimeoutMs: options.anonymousIdleTimeoutMs,
    rotationIntervalMs: options.rotationIntervalMs,
    maxSessionsPerUser: options.maxSessionsPerUser,
    onLimit: options.onLimit,
    deviations,
    text: sentencesOn(options, deviations).join('\n'),
  };
}

const sentencesOn = (
  options: SessionOptions,
  deviations: readonly JustifiedDeviation[],
): readonly string[] => [
  onTimeouts(options),
  `A session without a user ends after ${formatDuration(options.anonymousIdleTimeoutMs)} of silence.`,
  onLimit(options),
  onRotation(options),
  onPreset(options),
  ...deviations.map(onDeviation),
];

function onTimeouts({ idleTimeoutMs, absoluteTimeoutMs }: SessionOptions): string {
  const age = `${formatDuration(absoluteTimeoutMs)} after the last proof of identity`;
  return idleTimeoutMs < absoluteTimeoutMs
    ? `A session ends after ${formatDuration(idleTimeoutMs)} of silence, and ${age} however busy.`
    : `A session ends ${age}. Silence does not end it.`;
}

function onLimit({ maxSessionsPerUser: most, onLimit: action }: SessionOptions): string {
  if (most === 0) return 'A user may have any number of sessions at once.';
  const beyond =
    action === 'reject' ? 'is refused' : 'ends the session of the user seen least recently';
  return `A user may have ${most} session${most === 1 ? '' : 's'} at once. A login beyond that ${beyond}.`;
}

const onRotation = ({ rotationIntervalMs }: SessionOptions): string =>
  rotationIntervalMs === 0
    ? 'A session gets a new token with every proof of identity.'
    : `A session gets a new token with every proof of identity, and every ${formatDuration(rotationIntervalMs)}.`;

const onPreset = ({ policy }: SessionOptions): string =>
  policy === undefined
    ? 'The timeouts are held to no preset.'
    : `The timeouts are held to NIST SP 800-63B-4 at ${policy.slice('nist-'.length).toUpperCase()}.`;

const onDeviation = ({ option, valueMs, boundMs, justification }: JustifiedDeviation): string =>
  `${option} is ${formatDuration(valueMs)}, looser than the ${formatDuration(boundMs)} of the preset. ` +
  `Justification: ${justification}`;
