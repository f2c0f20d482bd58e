import { randomInt } from 'node:crypto';
import type { AuditContext, Initiator, JsonObject } from './audit/audit-event.js';
import { cleanDevice, cleanMethods } from './audit/audit-text.js';
import {
  SessionAuditBacklogError,
  SessionDataTooLargeError,
  SessionDataUnreadableError,
  SessionEndedError,
  SessionLimitReachedError,
  SessionStoreUnavailableError,
  SessionUserBlockedError,
} from './errors.js';
import {
  newSessionId,
  newSessionToken,
  sessionIdOf,
  tokenHashOf,
  type ParsedToken,
  type SessionId,
  type SessionToken,
} from './ids.js';
import type { FactRecorder } from './audit/fact-recorder.js';
import type { Operations, RequestContext } from './operations.js';
import { applyChanges, bytesOf, diffData, hasChanges, type DataChanges } from './session-data.js';
import { endingOf, type Announcer } from './live/session-notices.js';
import type { SessionOptions } from './policy/session-options.js';
import { SESSION_LIMIT, touchDue } from './policy/session-policy.js';
import type { Device, SessionData, SessionRecord } from './session-record.js';
import { activeVerdict, resolveToken, unavailableVerdict } from './session-resolver.js';
import type {
  CreateResult,
  NewSession,
  RevokeRequest,
  SaveRequest,
  SessionStore,
} from './session-store.js';
import type { TokenRotation } from './token-rotation.js';
import { parseUser, sameUser, shardOfUser, userKey, type User } from './user.js';
import type { ActiveSession, ActiveVerdict, RenewedSession, Verdict } from './verdict.js';

/** Who logs in, and how they proved it. */
export interface Identity {
  readonly userId: string;
  /** Default: empty. */
  readonly tenantId?: string;
  /** Authentication methods, RFC 8176 values where one fits. Default: none. */
  readonly methods?: readonly string[];
  /** `false` starts with empty data. Default: the anonymous session's data is carried over. */
  readonly carryOver?: boolean;
}

export interface LoginRequest {
  readonly identity: Identity;
  /** The session this request holds, if it holds one. */
  readonly current?: ActiveSession;
  /** The data as this request sees it, unsaved changes included. */
  readonly data: SessionData;
  /** The part of it that this request changed. */
  readonly changes: DataChanges;
  readonly device: Device;
  readonly request: RequestContext;
}

/** What is recorded of a login that the store refused. */
const REFUSALS = {
  'limit-reached': { type: 'session.limit_rejected', reason: SESSION_LIMIT },
  blocked: { type: 'login.failed', reason: 'user-blocked' },
} as const;

/**
 * One session from its first token to its end. Knows nothing of HTTP; every method is safe to
 * call from any number of processes at once.
 */
export class SessionLifecycle {
  constructor(
    private readonly store: SessionStore,
    private readonly options: SessionOptions,
    private readonly operations: Operations,
    private readonly announcer: Announcer,
    private readonly rotation: TokenRotation,
    private readonly facts: FactRecorder,
    private readonly reportError: (error: unknown) => void,
  ) {}

  /**
   * Judges a well-signed token by what the store keeps near. Only that a session is active is taken
   * from there; undefined: ask `resolve`.
   */
  resolveCached(token: ParsedToken): ActiveVerdict | undefined {
    const found = this.store.findCached?.(token.sessionId);
    return found && activeVerdict(token, found, this.options, this.operations.now());
  }

  /** Judges a well-signed token. Never rejects; a store that fails is a verdict too. */
  async resolve(token: ParsedToken, request: RequestContext): Promise<Verdict> {
    try {
      const found = await this.store.find(token.sessionId);
      const verdict = resolveToken(token, found, this.options, this.operations.now());
      if (verdict.state === 'reused') await this.endReused(verdict.sessionId, request);
      if (verdict.state === 'active') requireReadable(verdict.session);
      return verdict;
    } catch (error) {
      if (error instanceof SessionDataUnreadableError) this.reportError(error);
      return unavailableVerdict(error);
    }
  }

  /** A token nobody knows yet, for an anonymous session that may never be stored. */
  draftToken(): SessionToken {
    return newSessionToken(newSessionId(randomInt(this.store.shards)), 0);
  }

  /** Stores an anonymous session under its drafted token. @throws SessionDataTooLargeError */
  async createAnonymous(
    token: ParsedToken,
    data: SessionData,
    device: Device,
  ): Promise<ActiveSession> {
    const { maxDataBytes } = this.options;
    const operation = this.operations.begin({ initiator: 'user' });
    const session = this.newRecord(token.token, data, device, operation.now);
    const answer = await this.store.create({ session, maxDataBytes }, operation);
    return { session: createdSession(answer, this.options), token: token.token };
  }

  /**
   * Opens a session for a user, or authenticates anew if the user is signed in already. The new
   * session is committed before the anonymous one is ended, so a refusal leaves everything as it was.
   * @throws SessionIdentityInvalidError, SessionLimitReachedError, SessionUserBlockedError,
   * SessionDataTooLargeError, SessionAuditBacklogError, SessionStoreUnavailableError
   */
  async login(login: LoginRequest): Promise<RenewedSession> {
    const user = parseUser(login.identity);
    const { current } = login;
    if (current && sameUser(current.session.user, user)) {
      const renewed = await this.authenticateAnew(current, login);
      return renewed ?? this.createForUser(user, login.data, login);
    }
    const data = this.carriedData(login);
    const created = await this.createForUser(user, data, login);
    if (!current) return created;
    try {
      return await this.endAndCarry(created, current.session, login);
    } catch (error) {
      if (current.session.user) throw error;
      this.reportError(error);
      return created;
    }
  }

  /**
   * The second step of a login: ends the session before it, and takes over what others wrote to it
   * meanwhile. The login stands where this fails for an anonymous session: its browser holds
   * another token then. Another user's session has to be ended.
   */
  private async endAndCarry(
    created: ActiveSession,
    before: SessionRecord,
    { identity, changes, request }: LoginRequest,
  ): Promise<ActiveSession> {
    const ended = await this.revoke({ id: before.id, reason: 'login' }, 'user', request);
    if (!ended || before.user || identity.carryOver === false) return created;
    return this.carryMeanwhile(created, before.data, ended.data, changes);
  }

  /** Undefined: the session ended meanwhile, which is no reason to refuse who has proved to be its user. */
  private async authenticateAnew(
    current: ActiveSession,
    { identity, request }: LoginRequest,
  ): Promise<RenewedSession | undefined> {
    try {
      return await this.rotation.reauthenticate(current, identity.methods ?? [], request);
    } catch (error) {
      if (error instanceof SessionEndedError) return undefined;
      throw error;
    }
  }

  /** Records activity if the touch interval has passed. */
  async touch(session: SessionRecord): Promise<'touched' | 'gone' | 'recent'> {
    const operation = this.operations.begin({ initiator: 'user' });
    if (!touchDue(session, this.options, operation.now)) return 'recent';
    return this.store.touch(session.id, operation);
  }

  /**
   * Writes the changed keys, unless the session has ended.
   * @throws SessionDataTooLargeError, and nothing is written
   */
  async save(
    { id }: Pick<SessionRecord, 'id'>,
    changes: DataChanges,
    activity: SaveRequest['activity'] = 'touch',
  ): Promise<'saved' | 'gone'> {
    const { maxDataBytes } = this.options;
    const operation = this.operations.begin({ initiator: 'user' });
    const answer = await this.store.save({ id, ...changes, maxDataBytes, activity }, operation);
    if (answer.result === 'too-large')
      throw new SessionDataTooLargeError(answer.bytes, maxDataBytes);
    return answer.result === 'saved' ? 'saved' : 'gone';
  }

  /** Ends the session this request holds. False if it had ended already. */
  async end(
    { id }: Pick<SessionRecord, 'id'>,
    reason: string,
    request: RequestContext,
  ): Promise<boolean> {
    const ended = await this.revoke({ id, reason }, 'user', request);
    return ended !== undefined;
  }

  private async endReused(id: SessionId, request: RequestContext): Promise<void> {
    const reused = { id, reason: 'token-reused', eventType: 'session.token_reused' } as const;
    await this.revoke(reused, 'policy', request, { severity: 'critical' });
  }

  /** As another user nothing is carried over but what this very request wrote. */
  private carriedData({ identity, current, data, changes }: LoginRequest): SessionData {
    if (identity.carryOver === false) return {};
    return current?.session.user ? changes.set : data;
  }

  private async createForUser(
    user: User,
    data: SessionData,
    login: LoginRequest,
  ): Promise<ActiveSession> {
    const methods = cleanMethods(login.identity.methods ?? []);
    const context: AuditContext = { initiator: 'user', ...login.request, methods };
    const operation = this.operations.begin(context);
    const id = newSessionId(shardOfUser(user, this.store.shards));
    const token = newSessionToken(id, 0);
    const session: NewSession = {
      ...this.newRecord(token, data, login.device, operation.now),
      user,
      authenticatedAt: operation.now,
      idleTimeoutMs: this.options.idleTimeoutMs,
      methods,
    };
    const { maxSessionsPerUser: max, onLimit, maxDataBytes } = this.options;
    const grows = bytesOf(data) > bytesOf(login.current?.session.data ?? {});
    const answer = await this.store.create(
      {
        session,
        ...(max > 0 && { limit: { max, onLimit } }),
        ...(grows && { maxDataBytes }),
      },
      operation,
    );
    if ('ended' in answer) this.announcer.endings(answer.ended, operation.now);
    if (answer.result === 'limit-reached' || answer.result === 'blocked')
      await this.facts.record({ ...REFUSALS[answer.result], key: userKey(user), user, context });
    const created = createdSession(answer, this.options);
    this.announcer.change('session.created', created, operation.now);
    return { session: created, token };
  }

  private newRecord(
    token: SessionToken,
    data: SessionData,
    device: Device,
    now: number,
  ): NewSession {
    return {
      id: sessionIdOf(token),
      createdAt: now,
      lastSeenAt: now,
      absoluteExpiresAt: now + this.options.absoluteTimeoutMs,
      idleTimeoutMs: this.options.anonymousIdleTimeoutMs,
      tokenHash: tokenHashOf(token),
      generation: 0,
      rotatedAt: now,
      rotation: 'immediate',
      methods: [],
      device: cleanDevice(device),
      data,
    };
  }

  /** Keys that other requests wrote to the anonymous session while this one logged in; all that was stored comes along. */
  private async carryMeanwhile(
    created: ActiveSession,
    asLoaded: SessionData,
    asEnded: SessionData,
    own: DataChanges,
  ): Promise<ActiveSession> {
    const others = diffData(asLoaded, asEnded);
    const touched = new Set([...Object.keys(own.set), ...own.remove]);
    const changes: DataChanges = {
      set: Object.fromEntries(Object.entries(others.set).filter(([key]) => !touched.has(key))),
      remove: others.remove.filter((key) => !touched.has(key)),
    };
    if (!hasChanges(changes)) return created;
    const { id } = created.session;
    await this.store.save({ id, ...changes }, this.operations.begin({ initiator: 'user' }));
    return {
      ...created,
      session: {
        ...created.session,
        data: applyChanges(created.session.data, changes),
      },
    };
  }

  private async revoke(
    revoke: RevokeRequest,
    initiator: Initiator,
    request: RequestContext,
    details?: JsonObject,
  ): Promise<SessionRecord | undefined> {
    const operation = this.operations.begin({ initiator, ...request, ...(details && { details }) });
    const ended = await this.store.revoke(revoke, operation);
    if (ended.result === 'gone') return undefined;
    const { reason } = revoke;
    this.announcer.endings([endingOf(ended.session, reason)], operation.now);
    return ended.session;
  }
}

/** Fails here for data that cannot be decrypted, before anybody takes the session for a good one. */
const requireReadable = ({ data }: SessionRecord): SessionData => data;

/** A refusal as the error it is to the caller. */
function createdSession(answer: CreateResult, options: SessionOptions): SessionRecord {
  switch (answer.result) {
    case 'created':
      return answer.session;
    case 'limit-reached':
      throw new SessionLimitReachedError(options.maxSessionsPerUser);
    case 'blocked':
      throw new SessionUserBlockedError(answer.until);
    case 'too-large':
      throw new SessionDataTooLargeError(answer.bytes, options.maxDataBytes);
    case 'backlog':
      throw new SessionAuditBacklogError();
    case 'taken':
      throw new SessionStoreUnavailableError('create');
  }
}
