import { parseDuration, type Duration } from './duration.js';
import { SessionConfigInvalidError } from '../errors.js';
import {
  presetDefaults,
  requireJustified,
  requirePolicy,
  type Justification,
  type PolicyInput,
  type PolicyPreset,
} from './policy-preset.js';

/** What happens to a login that would exceed `maxSessionsPerUser`. */
export type OnLimit = 'evict-oldest' | 'reject';

/** What of a live connection keeps its session from being idle. */
export type LiveActivity = 'messages' | 'none';

/** How sessions live and end, as an application writes it. Every one has a default. */
export interface SessionOptionsInput extends PolicyInput {
  /** Silence after which a session ends. Default: 30m. */
  readonly idleTimeout?: Duration;
  /** Age at which a session ends, however busy. Only authenticating again renews it. Default: 12h. */
  readonly absoluteTimeout?: Duration;
  /** The idle timeout of sessions without a user. Default: 30m. */
  readonly anonymousIdleTimeout?: Duration;
  /** Least time between two writes of `lastSeenAt`; `0` writes on every request. Default: 1m. */
  readonly touchInterval?: Duration;
  /** Sessions that one user may have at once; `0` means any number. Default: 0. */
  readonly maxSessionsPerUser?: number;
  /** At the limit, end the session seen least recently, or refuse the login. Default: evict-oldest. */
  readonly onLimit?: OnLimit;
  /** Age at which a token is exchanged for a new one; `0` never does. Default: 0. */
  readonly rotationInterval?: Duration;
  /** How long the previous token stays good once the new one was used. Fixed, not sliding. Default: 60s. */
  readonly rotationGracePeriod?: Duration;
  /** How long a new token may stay unused before the previous one is exchanged again. Default: 30s. */
  readonly rotationRetry?: Duration;
  /** How long after an end or a rotation a late request leaves the browser's cookie alone. Default: 60s. */
  readonly stragglerWindow?: Duration;
  /** How long an ended session is remembered, to tell its holder why. Default: 24h. */
  readonly tombstoneTtl?: Duration;
  /** Bound on every call to the store; then the answer is 503. Default: 2s. */
  readonly storeTimeout?: Duration;
  /** Pause between two sweeps for expired sessions, give or take a fifth. Default: 10s. */
  readonly sweepInterval?: Duration;
  /** Due entries and endings that a sweep works off in one shard at a time; live sessions of a due user are examined without cost. Default: 100. */
  readonly sweepBudget?: number;
  /** Names and JSON texts of one session's data, in bytes as they are stored: with `dataEncryption` each value takes a third more and about 50 bytes. Default: 65536. */
  readonly maxDataBytes?: number;
  /** Leaves an audit event with every change; `false` where no SessionAuditModule delivers them. Default: true. */
  readonly audit?: boolean;
  /** Audit events, in bytes a shard, that may wait for the database before the less important are dropped; at twice that no session is opened. Default: 8388608. */
  readonly outboxMaxBytes?: number;
  /** Keeps the creation order that the admin list over all users needs. Default: false. */
  readonly adminIndex?: boolean;
  /** How long the end of a session may stay unnoticed by its live connections where no message tells of it. Default: 5s. */
  readonly liveCheckInterval?: Duration;
  /** How long live connections stay while the store cannot say whether their sessions are alive. Default: 30s. */
  readonly liveOutageGrace?: Duration;
  /** How long a live connection that was asked to close may take before it is cut. Default: 5s. */
  readonly liveCloseGrace?: Duration;
  /** What of a live connection counts as activity: what its client sends, pings excepted, or nothing. Default: messages. */
  readonly liveActivity?: LiveActivity;
}

/** Every option with its value; durations in whole milliseconds. */
export interface SessionOptions {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly anonymousIdleTimeoutMs: number;
  readonly touchIntervalMs: number;
  readonly maxSessionsPerUser: number;
  readonly onLimit: OnLimit;
  readonly rotationIntervalMs: number;
  readonly rotationGracePeriodMs: number;
  readonly rotationRetryMs: number;
  readonly stragglerWindowMs: number;
  readonly tombstoneTtlMs: number;
  readonly storeTimeoutMs: number;
  readonly sweepIntervalMs: number;
  readonly sweepBudget: number;
  readonly maxDataBytes: number;
  readonly audit: boolean;
  readonly outboxMaxBytes: number;
  readonly adminIndex: boolean;
  readonly liveCheckIntervalMs: number;
  readonly liveOutageGraceMs: number;
  readonly liveCloseGraceMs: number;
  readonly liveActivity: LiveActivity;
  readonly policy?: PolicyPreset;
  readonly justification?: Justification;
}

type RuledOption = Exclude<keyof SessionOptionsInput, keyof PolicyInput>;

type Rule =
  | {
      readonly kind: 'duration';
      readonly default: Duration;
      readonly min: Duration;
      readonly max: Duration;
    }
  | {
      readonly kind: 'count';
      readonly default: number;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly kind: 'choice';
      readonly default: string;
      readonly of: readonly string[];
    }
  | { readonly kind: 'switch'; readonly default: boolean };

/** The one place that says what an option may be. Documentation is held against it by a test. */
export const SESSION_OPTION_RULES = {
  idleTimeout: { kind: 'duration', default: '30m', min: '1s', max: '365d' },
  absoluteTimeout: { kind: 'duration', default: '12h', min: '1s', max: '365d' },
  anonymousIdleTimeout: {
    kind: 'duration',
    default: '30m',
    min: '1s',
    max: '365d',
  },
  touchInterval: { kind: 'duration', default: '1m', min: 0, max: '1d' },
  maxSessionsPerUser: { kind: 'count', default: 0, min: 0, max: 10_000 },
  onLimit: {
    kind: 'choice',
    default: 'evict-oldest',
    of: ['evict-oldest', 'reject'],
  },
  rotationInterval: { kind: 'duration', default: 0, min: 0, max: '365d' },
  rotationGracePeriod: {
    kind: 'duration',
    default: '60s',
    min: '1s',
    max: '1h',
  },
  rotationRetry: { kind: 'duration', default: '30s', min: '1s', max: '1h' },
  stragglerWindow: { kind: 'duration', default: '60s', min: '1s', max: '1h' },
  tombstoneTtl: { kind: 'duration', default: '24h', min: '1m', max: '365d' },
  storeTimeout: { kind: 'duration', default: '2s', min: '10ms', max: '60s' },
  sweepInterval: { kind: 'duration', default: '10s', min: '100ms', max: '1h' },
  sweepBudget: { kind: 'count', default: 100, min: 1, max: 1_000 },
  maxDataBytes: { kind: 'count', default: 65_536, min: 1_024, max: 16_777_216 },
  audit: { kind: 'switch', default: true },
  outboxMaxBytes: {
    kind: 'count',
    default: 8_388_608,
    min: 1_024,
    max: 1_073_741_824,
  },
  adminIndex: { kind: 'switch', default: false },
  liveCheckInterval: { kind: 'duration', default: '5s', min: '100ms', max: '5s' },
  liveOutageGrace: { kind: 'duration', default: '30s', min: '1s', max: '1h' },
  liveCloseGrace: { kind: 'duration', default: '5s', min: '100ms', max: '1m' },
  liveActivity: { kind: 'choice', default: 'messages', of: ['messages', 'none'] },
} as const satisfies Record<RuledOption, Rule>;

/** Fills in defaults and refuses what cannot work, so nothing downstream checks again. @throws SessionConfigInvalidError */
export function resolveSessionOptions(input: SessionOptionsInput = {}): SessionOptions {
  requirePolicy(input);
  const { policy, justification } = input;
  const presets: SessionOptionsInput = presetDefaults(input, input.absoluteTimeout);
  const valueOf = (name: RuledOption): unknown =>
    input[name] ?? presets[name] ?? SESSION_OPTION_RULES[name].default;
  const ruled = Object.fromEntries(
    Object.entries<Rule>(SESSION_OPTION_RULES).map(([name, rule]) => [
      rule.kind === 'duration' ? `${name}Ms` : name,
      checkOption(name, rule, valueOf(name as RuledOption)),
    ]),
  ) as unknown as SessionOptions;
  requireConsistent(ruled, valueOf);
  requireJustified(input, ruled);
  return Object.freeze({
    ...ruled,
    ...(policy && { policy }),
    ...(justification && { justification }),
  });
}

/** One duration from outside the table, by the same rule and with the same error. */
export function resolveDuration(
  name: string,
  value: unknown,
  bounds: { readonly min: Duration; readonly max: Duration },
): number {
  return checkOption(name, { kind: 'duration', default: 0, ...bounds }, value) as number;
}

function checkOption(name: string, rule: Rule, value: unknown): unknown {
  const checked = valueBy(rule, value);
  if (checked === undefined) throw new SessionConfigInvalidError(name, describeRule(rule), value);
  return checked;
}

/** Undefined: against the rule. */
function valueBy(rule: Rule, value: unknown): unknown {
  switch (rule.kind) {
    case 'duration': {
      const parsed = parseDuration(value);
      return parsed !== undefined &&
        parsed >= parseDuration(rule.min)! &&
        parsed <= parseDuration(rule.max)!
        ? parsed
        : undefined;
    }
    case 'count': {
      const count = value as number;
      return Number.isSafeInteger(count) && count >= rule.min && count <= rule.max
        ? count
        : undefined;
    }
    case 'choice':
      return rule.of.find((choice) => choice === value);
    case 'switch':
      return typeof value === 'boolean' ? value : undefined;
  }
}

/** The rule in words, as errors and the documentation have it. */
export function describeRule(rule: Rule): string {
  switch (rule.kind) {
    case 'duration':
      return `must be a duration from ${rule.min} to ${rule.max}`;
    case 'count':
      return `must be a whole number from ${rule.min} to ${rule.max}`;
    case 'choice':
      return `must be one of ${rule.of.join(', ')}`;
    case 'switch':
      return 'must be true or false';
  }
}

function requireConsistent(
  options: SessionOptions,
  valueOf: (option: RuledOption) => unknown,
): void {
  const requireThat = (holds: boolean, option: RuledOption, rule: string): void => {
    if (!holds) throw new SessionConfigInvalidError(option, rule, valueOf(option));
  };
  requireThat(
    options.idleTimeoutMs <= options.absoluteTimeoutMs,
    'idleTimeout',
    'must not exceed absoluteTimeout',
  );
  requireThat(
    options.touchIntervalMs < Math.min(options.idleTimeoutMs, options.anonymousIdleTimeoutMs),
    'touchInterval',
    'must be less than idleTimeout and anonymousIdleTimeout',
  );
  requireThat(
    options.rotationIntervalMs === 0 ||
      options.rotationIntervalMs >= options.rotationGracePeriodMs + options.rotationRetryMs,
    'rotationInterval',
    'must be 0, or at least rotationGracePeriod and rotationRetry together',
  );
  requireThat(
    options.rotationIntervalMs === 0 || options.rotationIntervalMs >= options.stragglerWindowMs,
    'rotationInterval',
    'must be 0, or at least stragglerWindow',
  );
  requireThat(
    options.tombstoneTtlMs >= options.stragglerWindowMs,
    'tombstoneTtl',
    'must not be less than stragglerWindow',
  );
}
