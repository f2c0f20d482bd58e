import type { Request } from 'express';
import {
  SessionDataUnreadableError,
  SessionEndedError,
  type SessionError,
} from '../core/errors.js';
import type { RequestContext } from '../core/operations.js';
import type { Identity } from '../core/session-lifecycle.js';
import type { SessionRecord } from '../core/session-record.js';
import type { ActiveSession, Verdict } from '../core/verdict.js';
import { callBack, type Callback } from './callback.js';
import { issueCookie, type CookieChange } from './cookie-change.js';
import { LOGOUT, SessionHold, type RequestSessionParts, type SaveOutcome } from './session-hold.js';
import { defineMethods, type RequestSessionObject, type SessionMethods } from './session-object.js';
import { Turns } from './turns.js';

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
export class RequestSession {
  /** Whether the route may not count as activity; undefined until it is known. */
  passive: boolean | undefined;

  /** `req.session`'s own. */
  readonly methods: SessionMethods = {
    save: (object, callback) => this.tell(this.saveOrThrow(object), callback),
    reload: (callback) =>
      this.tell(
        this.inTurn((hold) => hold.reload()),
        callback,
      ),
  };

  private readonly hold: SessionHold;
  private readonly turns = new Turns();
  private attended = false;
  /** The last save failed, and whoever asked for it knows. */
  private saveFailed = false;
  private telling: Promise<void> = Promise.resolve();
  /** What failed without anybody having listened; the answer fails with it. */
  private untold: { readonly error: unknown } | undefined;

  constructor(
    private readonly parts: RequestSessionParts,
    private readonly request: Request,
    readonly context: RequestContext,
    readonly verdict: Verdict,
  ) {
    this.hold = new SessionHold(parts, request, this.methods, context, verdict);
  }

  /** The session this request holds now; undefined while it holds none that is stored. */
  get active(): ActiveSession | undefined {
    return this.hold.active;
  }

  /**
   * What headers that leave now tell the browser. Where the body is streamed before the session is
   * stored, that is the token which the end of the response will store it under.
   */
  get cookieChange(): CookieChange | undefined {
    const { object } = this;
    const draft = object && !this.saveFailed ? this.hold.draftOf(object) : undefined;
    return draft ? issueCookie(draft) : this.hold.cookieChange;
  }

  /** Whether headers that leave now answer a logout, with no session after it. */
  get isLoggedOut(): boolean {
    return this.hold.isLoggedOut && this.cookieChange?.kind !== 'issue';
  }

  /** Makes `req.session`: the session held, or an empty one. */
  present(): void {
    if (this.hold.active) this.hold.inflate();
    else this.hold.begin();
  }

  /** Takes express-session's wrappers off `req.session`. */
  unwrap(): void {
    if (this.object) defineMethods(this.object, this.methods);
  }

  /** Holds a session that was adopted; its cookie goes out with this answer. */
  holdAdopted(adopted: ActiveSession): void {
    const { operations, options } = this.parts.core;
    this.hold.hold(adopted, operations.now() + options.rotationRetryMs);
    this.hold.inflate();
  }

  /** Gives the token its due, once a request; never for a passive one. */
  async attend(): Promise<void> {
    const { verdict } = this;
    if (verdict.state !== 'active' || !(verdict.confirmDue || verdict.rotationDue)) return;
    if (this.passive || this.attended) return;
    this.attended = true;
    await this.inTurn((hold) => hold.attend(verdict));
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
      if (!this.object) hold.begin();
      return hold.logIn(identity, this.object!);
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

  /** Ends the session and goes on with an empty one, stored when written; not after one that is unreadable. */
  endAndBegin(reason: string): Promise<void> {
    return this.inTurn(async (hold) => {
      if (this.verdict.state === 'unavailable') return this.endUnread(this.verdict.error, reason);
      await hold.end(reason);
      hold.begin();
    });
  }

  /** An end takes none of the data. The cookie stays, as on every request whose session cannot be read. */
  private async endUnread(error: SessionError, reason: string): Promise<void> {
    if (!(error instanceof SessionDataUnreadableError)) throw error;
    await this.parts.core.lifecycle.end({ id: error.sessionId }, reason, this.context);
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
    if (!this.turns.busy && !this.untold && !this.owesSave && !this.owesTouch) return undefined;
    return this.turns
      .over()
      .then(() => this.telling)
      .then(() => this.finishSaving());
  }

  private async finishSaving(): Promise<void> {
    if (this.untold) throw this.untold.error;
    if (this.owesSave) await this.save(this.object!);
    else if (this.owesTouch) await this.hold.touch();
  }

  /** Not after a failure that somebody was told of: the answer is theirs. */
  private get owesSave(): boolean {
    return !!this.object && !this.saveFailed && this.hold.hasUnsaved(this.object);
  }

  private get owesTouch(): boolean {
    return !(this.passive ?? this.isRefused) && this.hold.touchDue;
  }

  /** By whoever answered before it was known which route it would be. */
  private get isRefused(): boolean {
    return REFUSALS.has(this.request.res?.statusCode ?? 0);
  }

  private get object(): RequestSessionObject | undefined {
    return this.request.session ?? undefined;
  }

  private async saveOrThrow(object: RequestSessionObject): Promise<void> {
    if ((await this.save(object)) === 'gone')
      throw new SessionEndedError('revoked', 'ended-meanwhile');
  }

  private inTurn<Result>(step: (hold: SessionHold) => Promise<Result>): Promise<Result> {
    return this.turns.take(() => step(this.hold));
  }

  private readonly keepUntold = (error: unknown): void => {
    this.untold = { error };
  };

  private tell(work: Promise<unknown>, callback: Callback | undefined): void {
    const told = callback ? callBack(work, callback) : work.then(ignore, this.keepUntold);
    this.telling = this.telling.then(() => told);
  }
}
