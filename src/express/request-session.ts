import type { Request } from 'express';
import {
  SessionEndedError,
  SessionHeadersSentError,
  SessionRequiredError,
  SessionStoreUnavailableError,
} from '../core/errors.js';
import { parseSessionToken, type SessionId, type SessionToken } from '../core/ids.js';
import type { RequestContext } from '../core/operations.js';
import type { SessionCore } from '../core/session-core.js';
import { applyChanges, diffData, hasChanges, type DataChanges } from '../core/session-data.js';
import type { Identity } from '../core/session-lifecycle.js';
import type { NamedUser } from '../core/named-user.js';
import { touchDue } from '../core/session-policy.js';
import type { SessionData, SessionRecord } from '../core/session-record.js';
import {
  isStraggler,
  type ActiveSession,
  type RenewedSession,
  type Verdict,
} from '../core/verdict.js';
import { sameUser, type User } from '../core/user.js';
import type { AddressThrottle } from './address-throttle.js';
import { deviceOf } from './request-context.js';
import {
  dataOf,
  newSessionObject,
  replaceData,
  visibleData,
  type RequestSessionObject,
} from './session-object.js';
import type { UserIdOf } from './user-id-of.js';

/** What every request's session is made with. */
export interface RequestSessionParts {
  readonly core: SessionCore;
  readonly userIdOf: UserIdOf;
  readonly anonymousThrottle: AddressThrottle;
  /** Told when a request has proved that its browser holds the token in force. */
  readonly onConfirmed: (request: Request, sessionId: SessionId) => void;
}

/** What the response does to the browser's session cookie. */
export type CookieChange =
  | {
      readonly kind: 'issue';
      readonly token: SessionToken;
      /** Not sent by a response whose headers leave at this instant or later. */
      readonly notAfter: number;
    }
  | { readonly kind: 'clear' };

/** `dropped`: a straggler's; `gone`: the session ended meanwhile. Nothing was kept of either. */
export type SaveOutcome = 'saved' | 'dropped' | 'gone';

/**
 * One request's hold on a session: what its cookie was worth, what the handler made of
 * `req.session` since, and what of that is to be stored and told to the browser.
 *
 * Only creating, rotating and logging out ever change the cookie. A straggler writes nothing and
 * moves no cookie, unless it logs in.
 */
export class RequestSession {
  /** Set by routes that must not count as activity. */
  passive = false;

  private held: ActiveSession | undefined;
  private draft: SessionToken | undefined;
  private baseline: SessionData = {};
  private change: CookieChange | undefined;
  private dropsWrites: boolean;
  private saving: Promise<void> = Promise.resolve();
  private saveFailed = false;
  private attended = false;
  private touched = false;

  constructor(
    private readonly parts: RequestSessionParts,
    private readonly request: Request,
    readonly context: RequestContext,
    readonly verdict: Verdict,
  ) {
    this.held = verdict.state === 'active' ? verdict : undefined;
    this.dropsWrites = isStraggler(verdict);
  }

  /** The session this request holds now; undefined while it holds none that is stored. */
  get active(): ActiveSession | undefined {
    return this.held;
  }

  /**
   * What headers that leave now tell the browser. Where the body is streamed before the session is
   * stored, that is the token which the end of the response will store it under.
   */
  cookieChangeAt(object: RequestSessionObject | undefined): CookieChange | undefined {
    if (this.change || !object || !this.draft || this.dropsWrites) return this.change;
    if (!this.owesSave(object) || this.userNamedBy(object)) return undefined;
    return { kind: 'issue', token: this.draft, notAfter: Infinity };
  }

  /** Makes `req.session` of the session held. */
  inflate(): RequestSessionObject {
    const { session, token } = this.held!;
    this.request.sessionID = token;
    return this.present(session.data);
  }

  /** Makes an empty `req.session`, stored when something is written to it. */
  begin(): RequestSessionObject {
    this.held = undefined;
    this.draft = this.parts.core.lifecycle.draftToken();
    this.request.sessionID = this.draft;
    return this.present({});
  }

  /** Reads the session anew. @throws SessionEndedError if it has ended */
  async reload(): Promise<void> {
    const session = this.held && (await this.parts.core.directory.get(this.held.session.id));
    if (!session) throw new SessionEndedError('revoked', 'ended-meanwhile');
    this.held = { ...this.held!, session };
    this.baseline = visibleData(session.data);
  }

  /**
   * What a request owes to its token: confirms a new one, exchanges one that has come of age.
   * Once a request; never for a passive one.
   */
  async attend(): Promise<void> {
    const { verdict } = this;
    const due = verdict.state === 'active' && (verdict.confirmDue || verdict.rotationDue);
    if (!due || this.passive || this.attended || this.held?.token !== verdict.token) return;
    this.attended = true;
    const { rotation, options } = this.parts.core;
    const rotated = await rotation.attend(verdict, this.context);
    if (rotated) this.hold(rotated, rotated.session.rotatedAt + options.rotationRetryMs);
    if (verdict.confirmDue) this.parts.onConfirmed(this.request, verdict.session.id);
  }

  /** Holds a session that was moved in; its cookie goes out with this answer. */
  moveIn(adopted: ActiveSession): void {
    const { operations, options } = this.parts.core;
    this.hold(adopted, operations.now() + options.rotationRetryMs);
  }

  /**
   * Stores what the handler changed. A change of the user that the data names is a login, or,
   * where the name has gone, a logout. Calls that overlap are done one after the other.
   */
  save(object: RequestSessionObject): Promise<SaveOutcome> {
    const saving = this.saving.then(() => this.store(object));
    this.saving = saving.then(
      () => {
        this.saveFailed = false;
      },
      () => {
        this.saveFailed = true;
      },
    );
    return saving;
  }

  /** Whether the end of the response has to save; not after a failure, which somebody was told of. */
  owesSave(object: RequestSessionObject): boolean {
    return !this.saveFailed && this.hasUnsaved(object);
  }

  /** Whether this request is activity that is to be recorded now. */
  get touchDue(): boolean {
    const { held, passive, touched } = this;
    const { operations, options } = this.parts.core;
    return !!held && !passive && !touched && touchDue(held.session, options, operations.now());
  }

  /** Records activity. Failing to is reported, and no reason to fail the request. */
  async touch(): Promise<void> {
    const { lifecycle, reportError } = this.parts.core;
    this.touched = true;
    if (this.held) await lifecycle.touch(this.held.session).catch(reportError);
  }

  /** Whether `req.session` says something that is not stored. */
  hasUnsaved(object: RequestSessionObject): boolean {
    return hasChanges(diffData(this.baseline, dataOf(object)));
  }

  /** Opens a session for the identity, or authenticates anew. `object` then shows the session's data. */
  async logInWith(identity: Identity, object: RequestSessionObject): Promise<SessionRecord> {
    if (this.verdict.state === 'unavailable') throw this.verdict.error;
    if (this.request.res?.headersSent) throw new SessionHeadersSentError();
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
    this.touched = true;
    replaceData(object, session.data);
    this.baseline = visibleData(session.data);
    return session;
  }

  /** Renews the proof of identity. @throws SessionRequiredError, SessionEndedError */
  async reauthenticate(methods: readonly string[]): Promise<SessionRecord> {
    const { rotation } = this.parts.core;
    return this.renew(await rotation.reauthenticate(this.requireHeld(), methods, this.context));
  }

  /** A new token at once. @throws SessionRequiredError, SessionEndedError */
  async rotate(): Promise<SessionRecord> {
    const { rotation } = this.parts.core;
    return this.renew(await rotation.rotate(this.requireHeld(), this.context));
  }

  /** Ends the session and removes the cookie. Without a session only the cookie goes. */
  async end(reason: string): Promise<void> {
    await this.endHeld(reason);
    const untouched = isStraggler(this.verdict) || (this.verdict.state === 'none' && !this.change);
    this.change = untouched ? undefined : { kind: 'clear' };
    this.dropsWrites = true;
  }

  /** Ends the session and goes on with an empty one, stored when written. The cookie stays until then. */
  async regenerate(): Promise<void> {
    await this.endHeld('regenerated');
  }

  /** Ends the session, removes the cookie, and goes on with an empty one, stored when written. */
  async logout(): Promise<void> {
    await this.end('logout');
    this.dropsWrites = isStraggler(this.verdict);
  }

  private async store(object: RequestSessionObject): Promise<SaveOutcome> {
    const data = dataOf(object);
    const changes = diffData(this.baseline, data);
    if (!hasChanges(changes)) return 'saved';
    const named = this.userNamedBy(object);
    if (named && !this.isHeldBy(named)) {
      await this.logInWith(asIdentity(named), object);
      return 'saved';
    }
    if (this.dropsWrites) return 'dropped';
    if (!this.held) return this.open(data);
    if (!named && this.namesUser(this.baseline)) {
      await this.end('logout');
      return 'saved';
    }
    return this.saveChanges(this.held, data, changes);
  }

  private async endHeld(reason: string): Promise<void> {
    if (this.verdict.state === 'unavailable') throw this.verdict.error;
    if (this.held) await this.parts.core.lifecycle.end(this.held.session, reason, this.context);
    this.held = undefined;
  }

  private present(data: SessionData): RequestSessionObject {
    this.baseline = visibleData(data);
    return newSessionObject(this.request, data);
  }

  private renew({ session, token }: RenewedSession): SessionRecord {
    if (token) this.hold({ session, token });
    else if (this.held) this.held = { session, token: this.held.token };
    return session;
  }

  private hold(active: ActiveSession, notAfter = Infinity): void {
    this.held = active;
    this.draft = undefined;
    this.dropsWrites = false;
    this.request.sessionID = active.token;
    this.change = { kind: 'issue', token: active.token, notAfter };
  }

  private async open(data: SessionData): Promise<'saved'> {
    const token = this.draft && parseSessionToken(this.draft);
    if (!token) throw new SessionStoreUnavailableError('create');
    await this.parts.anonymousThrottle.consume(this.context.ip);
    const opened = await this.parts.core.lifecycle.openAnonymous(
      token,
      data,
      deviceOf(this.context),
    );
    this.hold(opened);
    this.touched = true;
    this.baseline = data;
    return 'saved';
  }

  private async saveChanges(
    { session, token }: ActiveSession,
    data: SessionData,
    changes: DataChanges,
  ): Promise<'saved' | 'gone'> {
    this.touched = true;
    const result = await this.parts.core.lifecycle.save(session.id, changes);
    if (result === 'gone') {
      this.dropsWrites = true;
      this.change = undefined;
      return 'gone';
    }
    this.baseline = data;
    this.held = { token, session: withData(session, changes) };
    return 'saved';
  }

  private userNamedBy(object: object): NamedUser | undefined {
    return this.parts.userIdOf({ ...object } as Record<string, unknown>);
  }

  private namesUser(data: SessionData): boolean {
    return this.userNamedBy(newSessionObject(this.request, data)) !== undefined;
  }

  private isHeldBy(named: NamedUser): boolean {
    const { userId, tenantId = '' } = asIdentity(named);
    const user: User = { userId, tenantId };
    return sameUser(this.held?.session.user, user);
  }

  private requireHeld(): ActiveSession {
    if (this.verdict.state === 'unavailable') throw this.verdict.error;
    if (!this.held) throw new SessionRequiredError();
    return this.held;
  }
}

const asIdentity = (named: NamedUser): Identity =>
  typeof named === 'string' ? { userId: named } : named;

const withData = (session: SessionRecord, changes: DataChanges): SessionRecord => ({
  ...session,
  data: applyChanges(session.data, changes),
});
