import { sameTokenHash, type ParsedToken } from '../ids.js';
import type { SessionOptions } from './session-options.js';
import type { SessionRecord, Tombstone } from '../session-record.js';

/** Why a session that no store operation has ended yet is over all the same. */
export type Lapse =
  | {
      readonly state: 'expired';
      readonly reason: 'idle' | 'absolute';
      readonly at: number;
    }
  | {
      readonly state: 'revoked';
      readonly reason: typeof ALL_REVOKED;
      readonly at: number;
    };

/** Reason of every session that an epoch ended. */
export const ALL_REVOKED = 'all-revoked';

/** Reason of every session that made room for another, and of every login that found none. */
export const SESSION_LIMIT = 'session-limit';

/** The earlier of the two deadlines. */
export const expiresAt = (
  session: Pick<SessionRecord, 'lastSeenAt' | 'idleTimeoutMs' | 'absoluteExpiresAt'>,
): number => Math.min(session.lastSeenAt + session.idleTimeoutMs, session.absoluteExpiresAt);

/** Undefined while the session is alive. It ends *at* its deadline, not after it. */
export function lapseOf(
  session: Pick<SessionRecord, 'epoch' | 'lastSeenAt' | 'idleTimeoutMs' | 'absoluteExpiresAt'>,
  shardEpoch: number,
  now: number,
): Lapse | undefined {
  if (session.epoch < shardEpoch) return { state: 'revoked', reason: ALL_REVOKED, at: shardEpoch };
  if (now >= session.absoluteExpiresAt)
    return {
      state: 'expired',
      reason: 'absolute',
      at: session.absoluteExpiresAt,
    };
  const idleDeadline = session.lastSeenAt + session.idleTimeoutMs;
  if (now >= idleDeadline) return { state: 'expired', reason: 'idle', at: idleDeadline };
  return undefined;
}

/** What a well-signed token is worth to a live session. */
export type TokenStanding =
  /** The token in force; `confirmDue` on its first use after a periodic rotation. */
  | { readonly standing: 'current'; readonly confirmDue: boolean }
  /** The one before it, still good: the new one is unused, or its grace runs. */
  | { readonly standing: 'previous'; readonly retryDue: boolean }
  /** Just rotated away; refused, but innocent. */
  | { readonly standing: 'straggler' }
  /** Rotated away too long ago to be innocent. */
  | { readonly standing: 'reused' }
  /** Never issued. */
  | { readonly standing: 'unknown' };

type RotationWindows = Pick<
  SessionOptions,
  'rotationGracePeriodMs' | 'rotationRetryMs' | 'stragglerWindowMs'
>;

/**
 * Judges a token whose cookie signature has been verified: that signature is why an older
 * generation can be believed although its hash is no longer kept.
 */
export function judgeToken(
  session: SessionRecord,
  token: ParsedToken,
  options: RotationWindows,
  now: number,
): TokenStanding {
  if (sameTokenHash(token.tokenHash, session.tokenHash))
    return {
      standing: 'current',
      confirmDue: session.rotation === 'periodic' && session.confirmedAt === undefined,
    };
  if (token.generation >= session.generation)
    return judgeNeverConfirmed(session, token, options, now);
  if (token.generation === session.generation - 1)
    return judgePrevious(session, token, options, now);
  return withinStragglerWindow(session, options, now)
    ? { standing: 'straggler' }
    : { standing: 'reused' };
}

function judgePrevious(
  session: SessionRecord,
  token: ParsedToken,
  options: RotationWindows,
  now: number,
): TokenStanding {
  if (!sameTokenHash(token.tokenHash, session.previousTokenHash)) return { standing: 'unknown' };
  if (session.rotation === 'immediate')
    return withinStragglerWindow(session, options, now)
      ? { standing: 'straggler' }
      : { standing: 'reused' };
  if (session.confirmedAt === undefined)
    return {
      standing: 'previous',
      retryDue: now >= session.rotatedAt + options.rotationRetryMs,
    };
  return now < session.confirmedAt + options.rotationGracePeriodMs
    ? { standing: 'previous', retryDue: false }
    : { standing: 'reused' };
}

/**
 * Of two tokens of one generation the later replaced the earlier, which nobody had used. Its
 * answer may have been slow rather than lost, so for a while it is presumed late.
 */
const judgeNeverConfirmed = (
  session: SessionRecord,
  token: ParsedToken,
  options: RotationWindows,
  now: number,
): TokenStanding =>
  session.rotation === 'periodic' &&
  token.generation === session.generation &&
  now < session.rotatedAt + options.stragglerWindowMs
    ? { standing: 'straggler' }
    : { standing: 'unknown' };

/**
 * Immediate rotations may follow each other within seconds, so every older token is presumed
 * late for a while; periodic ones are apart by more than the grace, so an older token is not.
 */
const withinStragglerWindow = (
  session: SessionRecord,
  options: RotationWindows,
  now: number,
): boolean =>
  session.rotation === 'immediate' && now < session.rotatedAt + options.stragglerWindowMs;

/** A late request with the token of a session just ended. */
export const isStragglerOf = (
  ended: Pick<Tombstone, 'endedAt'>,
  options: RotationWindows,
  now: number,
): boolean => now < ended.endedAt + options.stragglerWindowMs;

export const rotationDue = (
  session: SessionRecord,
  options: Pick<SessionOptions, 'rotationIntervalMs'>,
  now: number,
): boolean =>
  session.user !== undefined &&
  options.rotationIntervalMs > 0 &&
  now >= session.rotatedAt + options.rotationIntervalMs;

export const touchDue = (
  session: Pick<SessionRecord, 'lastSeenAt'>,
  options: Pick<SessionOptions, 'touchIntervalMs'>,
  now: number,
): boolean => now >= session.lastSeenAt + options.touchIntervalMs;

/** Whether the last proof of identity is recent enough for a sensitive step (OWASP ASVS 5.0, 7.5.1). */
export const isFresh = (
  session: Pick<SessionRecord, 'authenticatedAt'>,
  maxAgeMs: number,
  now: number,
): boolean => session.authenticatedAt !== undefined && now < session.authenticatedAt + maxAgeMs;
