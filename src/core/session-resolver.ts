import { SessionDataUnreadableError, SessionStoreUnavailableError } from './errors.js';
import { sameTokenHash, type ParsedToken } from './ids.js';
import type { SessionOptions } from './policy/session-options.js';
import { isStragglerOf, judgeToken, lapseOf, rotationDue } from './policy/session-policy.js';
import type { SessionRecord, Tombstone } from './session-record.js';
import type { FoundSession } from './session-store.js';
import type { ActiveVerdict, Verdict } from './verdict.js';

/**
 * What a presented token is worth, given what the store knows. Pure. The token's cookie signature
 * has been verified before; a `reused` verdict is for the caller to act on.
 */
export function resolveToken(
  token: ParsedToken,
  found: FoundSession | undefined,
  options: SessionOptions,
  now: number,
): Verdict {
  if (!found) return { state: 'unknown' };
  if (found.session.state !== 'active') return judgeEnding(token, found.session, options, now);
  const lapse = lapseOf(found.session, found.shardEpoch, now);
  if (!lapse) return judgeLive(token, found.session, options, now);
  const { tokenHash, previousTokenHash } = found.session;
  return judgeEnding(
    token,
    { ...lapse, endedAt: lapse.at, tokenHash, previousTokenHash },
    options,
    now,
  );
}

/** By what was found a while ago; undefined for every verdict that only the store may give. */
export function activeVerdict(
  token: ParsedToken,
  found: FoundSession,
  options: SessionOptions,
  now: number,
): ActiveVerdict | undefined {
  const verdict = resolveToken(token, found, options, now);
  return verdict.state === 'active' ? { ...verdict, cached: true } : undefined;
}

/** The store did not answer, or nothing legible: nobody is let in and nobody's cookie is touched. */
export const unavailableVerdict = (error: unknown): Verdict => ({
  state: 'unavailable',
  error:
    error instanceof SessionStoreUnavailableError || error instanceof SessionDataUnreadableError
      ? error
      : new SessionStoreUnavailableError('find', error),
});

function judgeLive(
  token: ParsedToken,
  session: SessionRecord,
  options: SessionOptions,
  now: number,
): Verdict {
  const judged = judgeToken(session, token, options, now);
  switch (judged.standing) {
    case 'current':
      return {
        state: 'active',
        session,
        token: token.token,
        confirmDue: judged.confirmDue,
        rotationDue: !judged.confirmDue && rotationDue(session, options, now),
      };
    case 'previous':
      return {
        state: 'active',
        session,
        token: token.token,
        confirmDue: false,
        rotationDue: judged.retryDue,
      };
    case 'straggler':
    case 'reused':
      return { state: judged.standing, sessionId: session.id };
    case 'unknown':
      return { state: 'unknown' };
  }
}

type Ending = Pick<Tombstone, 'state' | 'reason' | 'endedAt' | 'tokenHash' | 'previousTokenHash'>;

function judgeEnding(
  token: ParsedToken,
  ending: Ending,
  options: SessionOptions,
  now: number,
): Verdict {
  const late = isStragglerOf(ending, options, now);
  const held =
    sameTokenHash(token.tokenHash, ending.tokenHash) ||
    sameTokenHash(token.tokenHash, ending.previousTokenHash);
  if (held)
    return {
      state: ending.state,
      sessionId: token.sessionId,
      reason: ending.reason,
      late,
    };
  return late ? { state: 'straggler', sessionId: token.sessionId } : { state: 'unknown' };
}
