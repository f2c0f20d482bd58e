import { AdoptionIds } from './adoption-ids.js';
import { AdoptionTrace } from './adoption-trace.js';
import { cleanDevice } from '../audit/audit-text.js';
import {
  SessionAuditBacklogError,
  SessionIdentityInvalidError,
  SessionStoreUnavailableError,
} from '../errors.js';
import { parseSessionToken, sameTokenHash, type ParsedToken, type SessionId } from '../ids.js';
import type { Operations, RequestContext } from '../operations.js';
import type { SessionLifecycle } from '../session-lifecycle.js';
import type { Announcer } from '../live/session-notices.js';
import type { SessionOptions } from '../policy/session-options.js';
import { expiresAt } from '../policy/session-policy.js';
import type { Device, SessionData } from '../session-record.js';
import { unavailableVerdict } from '../session-resolver.js';
import type { NewSession, SessionStore } from '../session-store.js';
import { parseUser, sameUser, type User } from '../user.js';
import type { ActiveSession, Verdict } from '../verdict.js';
import { within } from '../within.js';

/** A session as another session store kept it. Times are whole milliseconds; absent is unknown. */
export interface LegacySession {
  readonly data: SessionData;
  /** Absent: an anonymous session. */
  readonly user?: { readonly tenantId?: string; readonly userId: string };
  readonly createdAt?: number;
  readonly lastSeenAt?: number;
  readonly expiresAt?: number;
}

/** Where sessions are taken over from, and how their cookies are told from forged ones. */
export interface AdoptionSource {
  readonly cookieName: string;
  /** Any of them may have signed the legacy cookie. */
  readonly secrets: readonly string[];
  /** From then on no legacy cookie is looked at. Milliseconds since 1970. */
  readonly until: number;
  /** Undefined: none, or none that can be taken over. Rejects if the legacy store failed. */
  find(legacyId: string): Promise<LegacySession | undefined>;
  /** Safe to repeat. */
  remove(legacyId: string): Promise<void>;
}

export interface SessionAdoptionParts {
  readonly source: AdoptionSource;
  readonly store: SessionStore;
  readonly options: Pick<
    SessionOptions,
    | 'idleTimeoutMs'
    | 'anonymousIdleTimeoutMs'
    | 'absoluteTimeoutMs'
    | 'stragglerWindowMs'
    | 'storeTimeoutMs'
  >;
  readonly operations: Operations;
  readonly announcer: Announcer;
  readonly lifecycle: SessionLifecycle;
  /**
   * The application's session secret; where that is a list, its first. Processes with different
   * ones adopt the same legacy session apart from each other.
   */
  readonly key: Buffer | string;
}

export interface Adoption {
  readonly verdict: Verdict;
  /** What the browser is to hold from now on. Absent where it may hold a newer token already. */
  readonly issued?: ActiveSession;
}

const MAX_LEGACY_ID_BYTES = 1024;

/**
 * Takes sessions over from another store. The first token is derived from the legacy id, so of
 * any number of requests that carry the same legacy cookie, at once or again, in any process, all
 * get the same session and the same token; and once that session has ended its tombstone refuses
 * the legacy cookie, however often the other store brings the legacy session back.
 *
 * A session that was not adopted yet is nobody's to list or to revoke.
 */
export class SessionAdoption {
  readonly source: AdoptionSource;
  private readonly ids: AdoptionIds;
  private readonly trace: AdoptionTrace;

  constructor(private readonly parts: SessionAdoptionParts) {
    this.source = parts.source;
    this.ids = new AdoptionIds(parts.key);
    const { store, options, operations } = parts;
    this.trace = new AdoptionTrace(this.ids, store, options, operations);
  }

  /**
   * What a legacy cookie is worth whose signature has been verified; undefined: nothing, as is an
   * anonymous session without data. Never rejects. The session limit does not apply here, so
   * nobody loses another session by it.
   */
  async adopt(
    legacyId: string,
    device: Device,
    request: RequestContext,
  ): Promise<Adoption | undefined> {
    if (this.parts.operations.now() >= this.source.until || !isLegacyId(legacyId)) return undefined;
    try {
      const legacy = await this.bounded('legacy read', this.source.find(legacyId));
      if (!legacy) return await this.adoptSettled(legacyId, request);
      return await this.adoptFound(legacyId, legacy, device, request);
    } catch (error) {
      if (error instanceof SessionIdentityInvalidError) return undefined;
      return { verdict: unavailableVerdict(error) };
    }
  }

  /**
   * Removes the legacy session, now that the browser has proved to hold the token of the one
   * adopted from it. Late requests that carry the legacy cookie alone are still recognised for
   * the straggler window. Does nothing if the session was not adopted from `legacyId`; safe to
   * repeat. @throws SessionStoreUnavailableError, and the legacy session stays
   */
  async settle(legacyId: string, sessionId: SessionId): Promise<void> {
    if (!isLegacyId(legacyId) || !this.ids.isAdopted(sessionId, legacyId)) return;
    await this.trace.leave(legacyId, sessionId);
    await this.bounded('legacy removal', this.source.remove(legacyId));
  }

  private async adoptFound(
    legacyId: string,
    legacy: LegacySession,
    device: Device,
    request: RequestContext,
  ): Promise<Adoption | undefined> {
    const { lifecycle, store } = this.parts;
    const user = legacy.user && parseUser(legacy.user);
    if (!user && Object.keys(legacy.data).length === 0) return undefined;
    const token = this.firstToken(legacyId, this.ids.sessionId(legacyId, user, store.shards));
    const known = await lifecycle.resolve(token, request);
    if (known.state !== 'unknown') return judged(known, token, user);

    const session = this.adoptedRecord(token, user, legacy, device);
    if (this.parts.operations.now() >= expiresAt(session)) return undefined;
    const refusal = await this.create(session, request);
    return refusal ?? judged(await lifecycle.resolve(token, request), token, user);
  }

  private async adoptSettled(
    legacyId: string,
    request: RequestContext,
  ): Promise<Adoption | undefined> {
    const sessionId = await this.trace.follow(legacyId);
    if (!sessionId) return undefined;
    const token = this.firstToken(legacyId, sessionId);
    return answered(await this.parts.lifecycle.resolve(token, request), token);
  }

  private firstToken(legacyId: string, sessionId: SessionId): ParsedToken {
    return parseSessionToken(this.ids.token(legacyId, sessionId))!;
  }

  /** Undefined: created, by this call or by one before it, or ended meanwhile. */
  private async create(
    session: NewSession,
    request: RequestContext,
  ): Promise<Adoption | undefined> {
    const operation = this.parts.operations.begin({ initiator: 'user', ...request });
    const answer = await this.parts.store.create(
      { session, eventType: 'session.adopted' },
      operation,
    );
    switch (answer.result) {
      case 'created':
        // Another call's session bears that call's instant, and was announced by it.
        if (answer.session.user && answer.session.rotatedAt === session.rotatedAt)
          this.parts.announcer.change('session.adopted', answer.session, operation.now);
        return undefined;
      case 'taken':
        return undefined;
      case 'backlog':
        return { verdict: { state: 'unavailable', error: new SessionAuditBacklogError() } };
      case 'too-large':
      case 'blocked':
      case 'limit-reached':
        return { verdict: { state: 'none' } };
    }
  }

  /**
   * Legacy times count, as far as they are known. Nobody knows when the user last proved who they
   * are, so the session is not fresh. The token is unconfirmed, so that its first use is noticed.
   */
  private adoptedRecord(
    token: ParsedToken,
    user: User | undefined,
    legacy: LegacySession,
    device: Device,
  ): NewSession {
    const { operations, options } = this.parts;
    const now = operations.now();
    const createdAt = Math.min(legacy.createdAt ?? now, now);
    return {
      id: token.sessionId,
      ...(user && { user }),
      createdAt,
      lastSeenAt: Math.min(legacy.lastSeenAt ?? now, now),
      absoluteExpiresAt: Math.min(
        createdAt + options.absoluteTimeoutMs,
        legacy.expiresAt ?? Infinity,
      ),
      idleTimeoutMs: user ? options.idleTimeoutMs : options.anonymousIdleTimeoutMs,
      tokenHash: token.tokenHash,
      generation: token.generation,
      rotatedAt: now,
      rotation: 'periodic',
      methods: [],
      device: cleanDevice(device),
      tombstoneUntil: this.source.until,
      data: legacy.data,
    };
  }

  /** The legacy store has the same time to answer as our own, and its failures look alike. */
  private async bounded<Answer>(operation: string, work: Promise<Answer>): Promise<Answer> {
    try {
      return await within(this.parts.options.storeTimeoutMs, work);
    } catch (error) {
      throw new SessionStoreUnavailableError(operation, error);
    }
  }
}

const isLegacyId = (legacyId: string): boolean =>
  legacyId !== '' && Buffer.byteLength(legacyId) <= MAX_LEGACY_ID_BYTES;

/** A legacy session that another user has signed in to since it was adopted is not that user's here. */
function judged(verdict: Verdict, token: ParsedToken, user: User | undefined): Adoption {
  if (verdict.state === 'active' && !sameUser(verdict.session.user, user))
    return { verdict: { state: 'none' } };
  return answered(verdict, token);
}

/**
 * A legacy cookie confirms nothing, and a token that has been rotated since is not sent again: it
 * could replace its successor in the browser.
 */
function answered(verdict: Verdict, token: ParsedToken): Adoption {
  if (verdict.state === 'unknown') return { verdict: { state: 'none' } };
  if (verdict.state !== 'active') return { verdict };
  if (!sameTokenHash(token.tokenHash, verdict.session.tokenHash)) return { verdict };
  const { session } = verdict;
  return {
    verdict: { ...verdict, confirmDue: false, rotationDue: false },
    issued: { session, token: token.token },
  };
}
