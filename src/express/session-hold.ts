import type { Request } from 'express';
import {
  SessionEndedError,
  SessionHeadersSentError,
  SessionRequiredError,
  SessionThrottledError,
} from '../core/errors.js';
import { parseSessionToken, type SessionId, type SessionToken } from '../core/ids.js';
import type { NamedUser } from '../core/named-user.js';
import type { RequestContext } from '../core/operations.js';
import type { SessionCore } from '../core/session-core.js';
import { applyChanges, diffData, hasChanges, type DataChanges } from '../core/session-data.js';
import type { Identity } from '../core/session-lifecycle.js';
import type { SessionData, SessionRecord } from '../core/session-record.js';
import type { SaveRequest } from '../core/session-store.js';
import { sameUser } from '../core/user.js';
import {
  leavesCookieAlone,
  type ActiveSession,
  type RenewedSession,
  type Verdict,
} from '../core/verdict.js';
import { networkOf } from './throttle/address-network.js';
import type { AddressThrottle } from './throttle/address-throttle.js';
import type { CommitParts } from './commit-parts.js';
import { CLEAR_COOKIE, issueCookie, type CookieChange } from './cookie-change.js';
import { contextOf, deviceOf } from './request-context.js';
import { ownProperty } from './own-property.js';
import { haveHeadersLeft } from './sealed-response.js';
import {
  dataOf,
  isEmptyData,
  newSessionObject,
  replaceData,
  visibleData,
  type RequestSessionObject,
  type SessionMethods,
} from './session-object.js';
import type { UserIdOf } from './user-id-of.js';

/** What every request's session is made with. */
export interface RequestSessionParts {
  readonly core: SessionCore;
  readonly userIdOf: UserIdOf;
  readonly anonymousThrottle: AddressThrottle;
  /** Told when a request has proved that its browser holds the token in force. */
  readonly onConfirmed: (request: Request, sessionId: SessionId) => void;
  /** Whether `req.session` waits to be made until it is read. Else somebody says when. */
  readonly isLazy: boolean;
  readonly commit: CommitParts;
  /** What `req.sessionStore` says. */
  readonly storeOf: (request: Request) => Express.SessionStore;
}

/** The reason of every end that the session's own user asks for. */
export const LOGOUT = 'logout';

/** `dropped`: a straggler's; `gone`: the session ended meanwhile. Nothing was kept of either. */
export type SaveOutcome = 'saved' | 'dropped' | 'gone';

/**
 * The session that a request holds, and what becomes of it step by step: what is stored of
 * `req.session`, under which session, and what the browser's cookie is to be. One step at a time;
 * `RequestSession` sees to that.
 */
export class SessionHold {
  private held: ActiveSession | undefined;
  /** Whether `req.session` is stored, under a token of its own, once something is written to it. */
  private drafting = false;
  /** What `req.sessionID` says: the token held, drafted, or held last. */
  private shownToken: SessionToken | undefined;
  /** What is stored, as far as this request knows. */
  private baseline: SessionData = {};
  private change: CookieChange | undefined;
  private dropsWrites: boolean;
  private wasTouched = false;
  private loggedOut = false;
  private toldContext: RequestContext | undefined;

  constructor(
    private readonly parts: RequestSessionParts,
    private readonly request: Request,
    private readonly methods: SessionMethods,
    private readonly verdict: Verdict,
  ) {
    this.held = verdict.state === 'active' ? verdict : undefined;
    this.dropsWrites = leavesCookieAlone(verdict);
  }

  get active(): ActiveSession | undefined {
    return this.held;
  }

  get cookieChange(): CookieChange | undefined {
    return this.change;
  }

  /** Whether this request has recorded its activity, or needs to no more. */
  get touched(): boolean {
    return this.wasTouched;
  }

  get sessionID(): SessionToken | undefined {
    if (this.drafting) this.shownToken ??= this.parts.core.lifecycle.draftToken();
    return this.shownToken;
  }

  /** Whether this request ended a session by logging out, and holds none now. */
  get isLoggedOut(): boolean {
    return this.loggedOut && !this.held;
  }

  /** The token that `req.session` would be stored under, if it is anonymous and will be. */
  draftOf(object: RequestSessionObject): SessionToken | undefined {
    const isStored = !this.held && !this.dropsWrites && this.hasUnsaved(object);
    return isStored && this.drafting && !this.userNamedBy(object) ? this.sessionID : undefined;
  }

  /** Makes `req.session` of the session held. */
  inflate(): void {
    const { session, token } = this.held!;
    this.shownToken = token;
    this.present(session.data);
  }

  /** Makes an empty `req.session`, stored when something is written to it. */
  begin(): void {
    this.held = undefined;
    this.drafting = true;
    this.shownToken = undefined;
    this.present({});
  }

  hasUnsaved(object: RequestSessionObject): boolean {
    return this.isUnsaved(dataOf(object));
  }

  hold(active: ActiveSession, notAfter?: number): void {
    this.held = active;
    this.drafting = false;
    this.dropsWrites = false;
    this.shownToken = active.token;
    this.change = issueCookie(active.token, notAfter);
  }

  /** The session held is now known as it is; `req.session` shows that, and what was written to it. */
  renewWith(active: ActiveSession, object: RequestSessionObject | undefined): void {
    this.held = active;
    if (!object) return;
    const changes = diffData(this.baseline, dataOf(object));
    this.baseline = visibleData(active.session.data);
    replaceData(object, applyChanges(active.session.data, changes));
  }

  /** Failing to is reported, and no reason to fail the request. */
  async touch(): Promise<void> {
    const { lifecycle, reportError } = this.parts.core;
    this.wasTouched = true;
    if (this.held) await lifecycle.touch(this.held.session).catch(reportError);
  }

  /** Confirms a new token, exchanges one that has come of age. */
  async attend(verdict: Extract<Verdict, { state: 'active' }>): Promise<void> {
    if (this.held?.token !== verdict.token) return;
    const { rotation, options } = this.parts.core;
    const rotated = await rotation.attend(verdict, this.context);
    if (rotated) this.hold(rotated, rotated.session.rotatedAt + options.rotationRetryMs);
    if (verdict.confirmDue) this.parts.onConfirmed(this.request, verdict.session.id);
  }

  /** @throws SessionRequiredError, SessionEndedError */
  async reload(): Promise<void> {
    const { token, session } = this.requireHeld();
    const found = await this.parts.core.directory.get(session.id);
    if (!found) throw new SessionEndedError('revoked', 'ended-meanwhile');
    this.held = { token, session: found };
    this.inflate();
  }

  async store(
    object: RequestSessionObject,
    activity: SaveRequest['activity'],
  ): Promise<SaveOutcome> {
    if (object !== this.request.session) return 'dropped';
    const data = dataOf(object);
    if (!this.isUnsaved(data)) return 'saved';
    const named = this.userNamedBy(object);
    if (named && !this.isHeldBy(named)) {
      await this.logIn(named, object);
      return 'saved';
    }
    if (this.dropsWrites) return 'dropped';
    if (!this.held) return this.create(data);
    if (named || !this.namesUser(this.baseline)) return this.saveChanges(this.held, data, activity);
    await this.end(LOGOUT);
    this.dropsWrites = true;
    return 'saved';
  }

  async logIn(identity: Identity, object: RequestSessionObject): Promise<SessionRecord> {
    this.requireWritable();
    const data = dataOf(object);
    const { held } = this;
    const opened = await this.parts.core.lifecycle.login({
      identity,
      ...(held && { current: held }),
      data,
      changes: diffData(this.baseline, data),
      device: deviceOf(this.context),
      request: this.context,
    });
    const session = this.renew(opened);
    if (session.id === held?.session.id) return session;
    const writtenMeanwhile = diffData(data, dataOf(object));
    this.wasTouched = true;
    this.baseline = visibleData(session.data);
    replaceData(object, applyChanges(session.data, writtenMeanwhile));
    return session;
  }

  async reauthenticate(methods: readonly string[]): Promise<SessionRecord> {
    const held = this.requireHeld();
    return this.renew(await this.parts.core.rotation.reauthenticate(held, methods, this.context));
  }

  async rotate(): Promise<SessionRecord> {
    const held = this.requireHeld();
    return this.renew(await this.parts.core.rotation.rotate(held, this.context));
  }

  async replaceToken(): Promise<SessionRecord> {
    const held = this.requireHeld();
    return this.renew(await this.parts.core.rotation.replace(held, this.context));
  }

  /** Ends the session; the browser loses the cookie that it came with, unless it may hold a newer one. */
  async end(reason: string): Promise<void> {
    if (this.verdict.state === 'unavailable') throw this.verdict.error;
    const ended =
      !!this.held && (await this.parts.core.lifecycle.end(this.held.session, reason, this.context));
    if (ended) this.loggedOut = reason === LOGOUT;
    this.held = undefined;
    this.drafting = false;
    this.dropsWrites = leavesCookieAlone(this.verdict);
    const hasCookie = this.verdict.state !== 'none' && !this.dropsWrites;
    this.change = hasCookie ? CLEAR_COOKIE : undefined;
  }

  /** Kept as it was when it was first asked for. */
  private get context(): RequestContext {
    return (this.toldContext ??= contextOf(this.request));
  }

  private isUnsaved(data: SessionData): boolean {
    return (!!this.held || !isEmptyData(data)) && hasChanges(diffData(this.baseline, data));
  }

  private present(data: SessionData): void {
    this.baseline = visibleData(data);
    ownProperty(this.request, 'session', newSessionObject(this.request, data, this.methods));
  }

  private renew({ session, token }: RenewedSession): SessionRecord {
    if (token) this.hold({ session, token });
    else if (this.held) this.held = { session, token: this.held.token };
    return session;
  }

  private async create(data: SessionData): Promise<'saved' | 'dropped'> {
    const token = this.drafting && parseSessionToken(this.sessionID!);
    if (!token) return 'dropped';
    const { anonymousThrottle, core } = this.parts;
    if (!(await anonymousThrottle.take(networkOf(this.context.ip))))
      throw new SessionThrottledError();
    this.hold(await core.lifecycle.createAnonymous(token, data, deviceOf(this.context)));
    this.wasTouched = true;
    this.baseline = data;
    return 'saved';
  }

  private async saveChanges(
    { session, token }: ActiveSession,
    data: SessionData,
    activity: SaveRequest['activity'],
  ): Promise<'saved' | 'gone'> {
    const changes = diffData(this.baseline, data);
    this.wasTouched = true;
    if ((await this.parts.core.lifecycle.save(session, changes, activity)) === 'gone') {
      this.dropsWrites = true;
      this.change = undefined;
      return 'gone';
    }
    this.baseline = data;
    this.held = { token, session: withChanges(session, changes) };
    return 'saved';
  }

  private userNamedBy(object: object): Identity | undefined {
    const named = this.parts.userIdOf({ ...object } as Record<string, unknown>) as NamedUser | null;
    return named ? identityOf(named) : undefined;
  }

  private namesUser(data: SessionData): boolean {
    return this.userNamedBy(newSessionObject(this.request, data, this.methods)) !== undefined;
  }

  private isHeldBy({ userId, tenantId = '' }: Identity): boolean {
    return sameUser(this.held?.session.user, { userId, tenantId });
  }

  private requireHeld(): ActiveSession {
    this.requireWritable();
    if (!this.held) throw new SessionRequiredError();
    return this.held;
  }

  private requireWritable(): void {
    if (this.verdict.state === 'unavailable') throw this.verdict.error;
    if (this.request.res && haveHeadersLeft(this.request.res)) throw new SessionHeadersSentError();
  }
}

/** An application in JavaScript may well say null for what has no tenant. */
export const identityOf = (named: NamedUser): Identity =>
  typeof named === 'string'
    ? { userId: named }
    : { userId: named.userId, tenantId: named.tenantId ?? '' };

const withChanges = (session: SessionRecord, changes: DataChanges): SessionRecord => ({
  ...session,
  data: applyChanges(session.data, changes),
});
