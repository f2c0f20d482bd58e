import type { Request } from 'express';
import {
  SessionDataUnreadableError,
  SessionEndedError,
  type SessionError,
} from '../core/errors.js';
import { parseSessionToken } from '../core/ids.js';
import type { LiveConnections } from '../core/live/live-connections.js';
import { touchDue } from '../core/policy/session-policy.js';
import type { Identity } from '../core/session-lifecycle.js';
import type { SessionRecord } from '../core/session-record.js';
import type { ActiveSession, Verdict } from '../core/verdict.js';
import { callBack, type Callback } from './callback.js';
import { issueCookie, type CookieChange } from './cookie-change.js';
import { LOGOUT, SessionHold, type RequestSessionParts, type SaveOutcome } from './session-hold.js';
import { contextOf } from './request-context.js';
import { ownProperty } from './own-property.js';
import {
  maxAgeOf,
  unavailableSession,
  unwrapMethods,
  type RequestSessionObject,
  type SessionMethods,
} from './session-object.js';
import type { CommitParts } from './commit-parts.js';
import { Turns } from './turns.js';
import type { UserIdOf } from './user-id-of.js';

const ignore = (): void => undefined;

/** Answers of guards and throttles: 401, 403, 429. */
const REFUSALS = new Set([401, 403, 429]);

/**
 * The session of one request: what its cookie was worth, and all that the handler may ask for.
 *
 * Only creating, rotating and ending ever change the cookie. A straggler writes nothing and moves
 * no cookie, unless it logs in. What is asked for is done in the order of asking, and the end of
 * the response waits for it, whether a callback was given or not.
 */
export class RequestSession implements SessionMethods {
  /** Whether the route may not count as activity; undefined until it is known. */
  passive: boolean | undefined = undefined;

  /** Made when something is asked for; most requests only ask who is signed in. */
  private holding: SessionHold | undefined = undefined;
  private turns: Turns | undefined = undefined;
  private presented = false;
  private attended = false;
  /** The last save failed, and whoever asked for it knows. */
  private saveFailed = false;
  private telling: Promise<void> | undefined = undefined;
  /** What failed without anybody having listened; the answer fails with it. */
  private untold: { readonly error: unknown } | undefined = undefined;

  private refreshing: Promise<void> | undefined = undefined;

  constructor(
    private readonly parts: RequestSessionParts,
    private readonly request: Request,
    private resolved: Verdict,
  ) {}

  /** What the cookie is worth. */
  get verdict(): Verdict {
    return this.resolved;
  }

  /** Whether only what was kept near has been asked for it. */
  get isCached(): boolean {
    return this.resolved.state === 'active' && this.resolved.cached === true;
  }

  /** The session this request holds now; undefined while it holds none that is stored. */
  get active(): ActiveSession | undefined {
    if (this.holding) return this.holding.active;
    return this.verdict.state === 'active' ? this.verdict : undefined;
  }

  get userIdOf(): UserIdOf {
    return this.parts.userIdOf;
  }

  get live(): LiveConnections {
    return this.parts.core.live;
  }

  get commit(): CommitParts {
    return this.parts.commit;
  }

  /** `req.sessionID`. */
  get sessionID(): string | undefined {
    this.object();
    return this.holding?.sessionID;
  }

  /** `req.sessionStore`. */
  get store(): Express.SessionStore {
    return this.parts.storeOf(this.request);
  }

  /** `req.session`, made when it is first asked for; undefined once it was taken away. */
  object(): RequestSessionObject | undefined {
    if (!this.presented && this.parts.isLazy) this.present();
    return this.presentObject;
  }

  /**
   * What headers that leave now tell the browser. Where the body is streamed before the session is
   * stored, that is the token which the end of the response will store it under.
   */
  get cookieChange(): CookieChange | undefined {
    const { presentObject: object, holding } = this;
    const draft = object && !this.saveFailed ? holding?.draftOf(object) : undefined;
    return draft ? issueCookie(draft) : holding?.cookieChange;
  }

  /** Milliseconds for which the application wants the cookie to last; undefined: with the browser. */
  get cookieMaxAge(): number | undefined {
    const object = this.presentObject;
    return object && maxAgeOf(object);
  }

  /** Whether headers that leave now answer a logout, with no session after it. */
  get isLoggedOut(): boolean {
    return !!this.holding?.isLoggedOut && this.cookieChange?.kind !== 'issue';
  }

  /** Makes `req.session`: the session held, an empty one, or what stands where none can be had. */
  present(): void {
    this.presented = true;
    const { verdict, hold } = this;
    if (verdict.state === 'unavailable')
      ownProperty(this.request, 'session', unavailableSession(verdict.error));
    else if (hold.active) hold.inflate();
    else hold.begin();
  }

  /** Takes express-session's wrappers off `req.session`. */
  unwrap(): void {
    if (this.presentObject) unwrapMethods(this.presentObject);
  }

  /** Holds a session that was adopted; its cookie goes out with this answer. */
  holdAdopted(adopted: ActiveSession): void {
    const { operations, options } = this.parts.core;
    this.hold.hold(adopted, operations.now() + options.rotationRetryMs);
    this.present();
  }

  /**
   * Has the store say what the cookie is worth, where that was only known from near. What
   * `req.session` was given meanwhile is kept; of a session that has ended nothing is. Undefined: the
   * store has been asked.
   */
  refresh(): Promise<void> | undefined {
    const { resolved } = this;
    if (resolved.state !== 'active' || !resolved.cached) return undefined;
    return (this.refreshing ??= this.askStore(resolved));
  }

  private async askStore({ token }: ActiveSession): Promise<void> {
    const { lifecycle } = this.parts.core;
    const verdict = await lifecycle.resolve(parseSessionToken(token)!, contextOf(this.request));
    if (this.active?.token !== token) return;
    this.resolved = verdict;
    if (verdict.state !== 'active') this.letGo();
    else this.holding?.renewWith(verdict, this.presentObject);
  }

  /** The request goes on as one that came with a cookie like this. */
  private letGo(): void {
    this.holding = undefined;
    if (this.presented) this.present();
    Reflect.deleteProperty(this.request, 'user');
  }

  /** Gives the token its due, once a request; never for a passive one. Undefined: it has none. */
  attend(): Promise<void> | undefined {
    const { verdict } = this;
    if (verdict.state !== 'active' || !(verdict.confirmDue || verdict.rotationDue))
      return undefined;
    if (this.passive || this.attended) return undefined;
    this.attended = true;
    return this.inTurn((hold) => hold.attend(verdict));
  }

  /** Stores what the handler changed; where that changes the user whom the data name, logs in or out. */
  save(object: RequestSessionObject): Promise<SaveOutcome> {
    return this.inTurn(async (hold) => {
      try {
        const outcome = await hold.store(object, this.passive ? 'none' : 'touch');
        this.saveFailed = false;
        return outcome;
      } catch (error) {
        this.saveFailed = true;
        throw error;
      }
    });
  }

  /** Creates a session for the identity, or authenticates anew; `req.session` then shows its data. */
  logIn(identity: Identity): Promise<SessionRecord> {
    return this.inTurn((hold) => {
      if (!this.object()) this.present();
      return hold.logIn(identity, this.presentObject!);
    });
  }

  /** Renews the proof of identity. @throws SessionRequiredError, SessionEndedError */
  reauthenticate(methods: readonly string[]): Promise<SessionRecord> {
    return this.inTurn((hold) => hold.reauthenticate(methods));
  }

  /** A new token at once. @throws SessionRequiredError, SessionEndedError */
  rotate(): Promise<SessionRecord> {
    return this.inTurn((hold) => hold.rotate());
  }

  /** A new token at once, and no other: not that of a request that was first either. @throws SessionConflictError too */
  async replaceToken(): Promise<SessionRecord> {
    await this.refresh();
    return this.inTurn((hold) => hold.replaceToken());
  }

  /** Ends the session and goes on with an empty one, stored when written; not after one that is unreadable. */
  endAndBegin(reason: string): Promise<void> {
    return this.inTurn(async (hold) => {
      if (this.verdict.state === 'unavailable') return this.endUnread(this.verdict.error, reason);
      await hold.end(reason);
      this.presented = true;
      hold.begin();
    });
  }

  /** An end takes none of the data. The cookie stays, as on every request whose session cannot be read. */
  private async endUnread(error: SessionError, reason: string): Promise<void> {
    if (!(error instanceof SessionDataUnreadableError)) throw error;
    await this.parts.core.lifecycle.end({ id: error.sessionId }, reason, contextOf(this.request));
  }

  /** `req.session.save`. */
  saveObject(object: RequestSessionObject, callback?: Callback): void {
    this.tell(this.saveOrThrow(object), callback);
  }

  /** `req.session.reload`. */
  reload(callback?: Callback): void {
    this.tell(
      this.inTurn((hold) => hold.reload()),
      callback,
    );
  }

  /** `req.session.destroy`: as express-session, it has taken `req.session` away already. */
  destroy(callback?: Callback): void {
    this.tell(
      this.inTurn((hold) => hold.end(LOGOUT)),
      callback,
    );
  }

  /** `req.session.regenerate`. */
  regenerate(callback?: Callback): void {
    this.tell(this.endAndBegin('regenerated'), callback);
  }

  /**
   * What the end of the response has to wait for: what the handler began, its unsaved changes, or
   * the record of its activity. Undefined: nothing. Rejects if the answer must not be sent.
   */
  finish(): Promise<void> | undefined {
    const { turns } = this;
    if (!turns?.busy && !this.untold && !this.owesSave && !this.owesTouch) return undefined;
    if (!turns) return this.finishSaving();
    return turns
      .over()
      .then(() => this.telling)
      .then(() => this.finishSaving());
  }

  private async finishSaving(): Promise<void> {
    if (this.untold) throw this.untold.error;
    const { presentObject: object } = this;
    if (object && !this.saveFailed) await this.save(object);
    if (this.owesTouch) await this.hold.touch();
  }

  /** Not after a failure that somebody was told of: the answer is theirs. */
  private get owesSave(): boolean {
    const { presentObject: object } = this;
    return !!object && !this.saveFailed && this.hold.hasUnsaved(object);
  }

  private get owesTouch(): boolean {
    const { active } = this;
    if (!active || this.holding?.touched || (this.passive ?? this.isRefused)) return false;
    const { operations, options } = this.parts.core;
    return touchDue(active.session, options, operations.now());
  }

  /** By whoever answered before it was known which route it would be. */
  private get isRefused(): boolean {
    return REFUSALS.has(this.request.res?.statusCode ?? 0);
  }

  private get hold(): SessionHold {
    return (this.holding ??= new SessionHold(this.parts, this.request, this, this.verdict));
  }

  /** Undefined where it has not been made, or was taken away. */
  private get presentObject(): RequestSessionObject | undefined {
    const { request, presented } = this;
    return presented && Object.hasOwn(request, 'session')
      ? (request.session ?? undefined)
      : undefined;
  }

  private async saveOrThrow(object: RequestSessionObject): Promise<void> {
    if ((await this.save(object)) === 'gone')
      throw new SessionEndedError('revoked', 'ended-meanwhile');
  }

  private inTurn<Result>(step: (hold: SessionHold) => Promise<Result>): Promise<Result> {
    this.turns ??= new Turns();
    return this.turns.take(() => step(this.hold));
  }

  private readonly keepUntold = (error: unknown): void => {
    this.untold = { error };
  };

  private tell(work: Promise<unknown>, callback: Callback | undefined): void {
    const told = callback ? callBack(work, callback) : work.then(ignore, this.keepUntold);
    this.telling = this.telling ? this.telling.then(() => told) : told;
  }
}
