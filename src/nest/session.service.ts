import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { cleanText } from '../core/audit/audit-text.js';
import { SessionConflictError, SessionRequiredError } from '../core/errors.js';
import type { SessionId } from '../core/ids.js';
import { describePolicy, type PolicyDescription } from '../core/policy/policy-description.js';
import type { SessionCore } from '../core/session-core.js';
import {
  requireReason,
  type RevokeAllOptions,
  type RevokeCause,
  type ShardProgress,
} from '../core/directory/session-directory.js';
import { toSessionInfo, type SessionInfo } from '../core/session-info.js';
import type { Identity } from '../core/session-lifecycle.js';
import type { SessionNotice } from '../core/live/session-notices.js';
import type { SessionFilter } from '../core/directory/session-filter.js';
import { DEFAULT_MAX_REVOKED } from '../core/directory/session-revocation.js';
import type { Page, PageRequest, StoreHealth } from '../core/session-store.js';
import type { User } from '../core/user.js';
import { networkOf } from '../express/throttle/address-network.js';
import { CsrfPolicy } from '../express/csrf/csrf-policy.js';
import { bindResponse } from '../express/live/live-response.js';
import { contextOf } from '../express/request-context.js';
import { requestSessionOf } from '../express/request-session-of.js';
import { requireSignedIn } from './current-session.js';
import { LOGOUT } from '../express/session-hold.js';
import { SessionEvents } from './session-events.js';
import { SESSION_CORE } from './session.tokens.js';

export type SessionHealth = StoreHealth & {
  /** Audit events of this process that could not be recorded, such as failed logins in a flood. */
  readonly factsDropped: number;
};

/** A page of sessions of many users. */
export interface SessionSearchPage extends Page<SessionInfo> {
  /** Entries looked at for this page; at most 1,000, so a page may be short and still have a next. */
  readonly examined: number;
}

export interface RevokeWhereOptions extends RevokeCause {
  /** Counts what would end, and ends nothing. Default: false. */
  readonly dryRun?: boolean;
  /** The sessions to keep. */
  readonly except?: SessionId | readonly SessionId[];
  /** Ends only sessions created before this instant. Default: all that there are. */
  readonly before?: number;
  /** Where more match, none is ended. Default: 1000. */
  readonly max?: number;
}

export interface RevokeWhereResult {
  /** Live sessions that matched. */
  readonly matched: number;
  /** Those of them that this call ended; the others had ended by themselves. With `dryRun` 0. */
  readonly ended: number;
}

/** A login that was refused, as the audit is to know it. */
export interface FailedLogin {
  /** As it was given; it may name nobody, and be no user id at all. Default: none is recorded. */
  readonly userId?: string;
  /** Default: empty. */
  readonly tenantId?: string;
  /** Kebab-case. Default: bad-credentials. */
  readonly reason?: string;
}

/** Who disables or enables an account, and on which request. */
export type AccountChange = Omit<RevokeCause, 'reason'>;

/** The last instant that a `Date` can tell. */
const END_OF_TIME = 8.64e15;

/** The session module, as applications call it. @publicApi */
@Injectable()
export class SessionService {
  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    private readonly events: SessionEvents,
    private readonly csrf: CsrfPolicy,
  ) {}

  /** What this process has done to sessions, told after the store has committed it. */
  get events$(): Observable<SessionNotice> {
    return this.events.notices$;
  }

  /** The store's time: the process clock corrected by its measured offset. Whole milliseconds. */
  now(): number {
    return this.core.operations.now();
  }

  /**
   * Signs a user in: a new session id and token, the anonymous session's data carried over and
   * that session ended. The user already signed in is authenticated anew: same id, new token.
   * To be called before the response's headers leave. What the credentials have become since they
   * were checked is not known here; see `credentialsChanged`.
   * @throws SessionIdentityInvalidError, SessionLimitReachedError, SessionUserBlockedError,
   * SessionAuditBacklogError, SessionStoreUnavailableError; the anonymous session is then untouched
   */
  async login(request: Request, identity: Identity): Promise<SessionInfo> {
    return toSessionInfo(await requestSessionOf(request).logIn(identity));
  }

  /** Ends the request's session and removes its cookie; `req.session` is empty afterwards. */
  logout(request: Request): Promise<void> {
    return requestSessionOf(request).endAndBegin(LOGOUT);
  }

  /** A new token at once, for when the user's privileges have changed. @throws SessionRequiredError, SessionEndedError */
  async rotate(request: Request): Promise<SessionInfo> {
    return toSessionInfo(await requestSessionOf(request).rotate());
  }

  /**
   * After the user has proved their identity again: same session id, new token, both timeouts
   * from now on. @throws SessionRequiredError, SessionEndedError
   */
  async reauthenticate(request: Request, methods: readonly string[] = []): Promise<SessionInfo> {
    return toSessionInfo(await requestSessionOf(request).reauthenticate(methods));
  }

  /**
   * A token for the pages of the request's session, to be sent back in the header that the option
   * `csrf.tokenHeader` names. Different each time; good until the session ends.
   * @throws SessionRequiredError where the request holds none that is stored
   */
  csrfToken(request: Request): string {
    const { active, verdict } = requestSessionOf(request);
    if (active) return this.csrf.issueToken(active.session.id);
    throw verdict.state === 'unavailable' ? verdict.error : new SessionRequiredError();
  }

  /**
   * Records `login.failed`: of one address one a minute, with a count of the rest when it is over.
   * Never rejects.
   */
  recordFailedLogin(
    request: Request,
    { userId = '', tenantId = '', reason = 'bad-credentials' }: FailedLogin = {},
  ): Promise<void> {
    const context = contextOf(request);
    const user: User = { tenantId: cleanText(tenantId), userId: cleanText(userId) };
    return this.core.facts.record({
      type: 'login.failed',
      key: networkOf(context.ip),
      reason,
      ...(userId !== '' && { user }),
      context: { initiator: 'user', ...context },
    });
  }

  /**
   * Binds a response that stays open, such as an event stream written by hand, to the session of its
   * request. When that ends, on whichever node, an event stream gets a last event `session-ended`
   * with the reason, what has not begun a 401, and anything else is cut. To be called before
   * anything is written. `@Sse()` handlers need no call.
   * @throws SessionRequiredError, SessionEndedError
   */
  bindResponse(request: Request, response: Response): Promise<void> {
    return bindResponse(this.core.live, request, response);
  }

  /** A user's live sessions, oldest first. @throws SessionInputInvalidError for a bad cursor */
  async list(user: User, page: PageRequest): Promise<Page<SessionInfo>> {
    const found = await this.core.directory.list(user, page);
    return { ...found, items: found.items.map(toSessionInfo) };
  }

  /** Live sessions over all users, newest first. @throws SessionInputInvalidError without `adminIndex` or a user */
  async search(filter: SessionFilter, page: PageRequest): Promise<SessionSearchPage> {
    const found = await this.core.search.search(filter, page);
    return { ...found, items: found.items.map(toSessionInfo) };
  }

  /** Undefined unless the session is alive. */
  async get(id: SessionId): Promise<SessionInfo | undefined> {
    const session = await this.core.directory.get(id);
    return session && toSessionInfo(session);
  }

  /**
   * Changes a session's data as one step. `change` may be called several times and must have no
   * other effect. @throws SessionNotFoundError, SessionConflictError
   */
  update(
    id: SessionId,
    change: (data: Record<string, unknown>) => object | Promise<object>,
  ): Promise<void> {
    return this.core.directory.update(id, change);
  }

  /** Ends one session; false if none is alive, or none of `only`'s. */
  revoke(id: SessionId, cause: RevokeCause, only?: Partial<User>): Promise<boolean> {
    return this.core.directory.revoke(id, cause, only);
  }

  /** Ends a user's sessions, as after a change of password. The ids of those ended. */
  revokeAll(user: User, options: RevokeAllOptions): Promise<readonly SessionId[]> {
    return this.core.directory.revokeAll(user, options);
  }

  /**
   * Ends every live session that matches, unless these are more than `max`: then it ends none.
   * Safe to repeat. @throws SessionInputInvalidError for a bad reason, or naming `max`
   */
  async revokeWhere(
    filter: SessionFilter,
    { dryRun = false, except, before, max = DEFAULT_MAX_REVOKED, ...cause }: RevokeWhereOptions,
  ): Promise<RevokeWhereResult> {
    requireReason(cause);
    const target = {
      filter,
      except: except === undefined ? [] : [except].flat(),
      before: before ?? this.now() + 1,
    };
    const { revocation } = this.core;
    if (!dryRun) {
      const { matched, ended } = await revocation.revoke({ ...target, cause, max });
      return { matched, ended };
    }
    const { matched } = await revocation.count(target, { most: Infinity });
    return { matched, ended: 0 };
  }

  /** Refuses logins of the user until the instant; one that has passed lifts it. Live sessions stay. */
  block(user: User, until: Date | number, cause: RevokeCause): Promise<void> {
    return this.core.directory.block(user, Number(until), cause);
  }

  /** Until when logins of the user are refused; undefined: they are not. */
  blockedUntil(user: User): Promise<number | undefined> {
    return this.core.directory.blockedUntil(user);
  }

  /**
   * For an account that was disabled or deleted: refuses its logins, then ends its sessions, so
   * that no login comes between (OWASP ASVS 5.0, 7.4.2). Safe to repeat. The ids of those ended.
   */
  async disableUser(user: User, change: AccountChange = {}): Promise<readonly SessionId[]> {
    const cause: RevokeCause = { ...change, reason: 'account-disabled' };
    await this.block(user, END_OF_TIME, cause);
    return this.revokeAll(user, cause);
  }

  /** Lets the user log in again, whoever blocked them. What was ended stays ended. */
  enableUser(user: User, change: AccountChange = {}): Promise<void> {
    return this.block(user, 0, { ...change, reason: 'account-enabled' });
  }

  /**
   * After the signed-in user has changed or removed a credential: ends their other sessions, and
   * gives this one a new token, so that no copy of the old one is good either, nor one that another
   * request was given meanwhile (OWASP ASVS 5.0, 7.4.3). The ids of those ended. It knows nothing of
   * a login under way that has checked the old credential and opens its session after this: let
   * logins compare the credential's version once they are in.
   * @throws SessionRequiredError, SessionEndedError, SessionConflictError when others exchanged the
   * token three times meanwhile; the session is then ended as well
   */
  async credentialsChanged(request: Request): Promise<readonly SessionId[]> {
    const { id, user } = requireSignedIn(request);
    const requestSession = requestSessionOf(request);
    const reason = 'credential-change';
    const ended = await this.revokeAll(user, {
      except: id,
      reason,
      initiator: 'user',
      request: contextOf(request),
    });
    await requestSession.replaceToken().catch(async (error: unknown) => {
      if (error instanceof SessionConflictError) await requestSession.endAndBegin(reason);
      throw error;
    });
    return ended;
  }

  /** Ends every session of everybody. While `done` is less than `shards`, ask again. */
  revokeEverything(cause: RevokeCause): Promise<ShardProgress> {
    return this.core.directory.revokeEverything(cause);
  }

  /** The timeouts, the limit and the preset in force, for code and in sentences (OWASP ASVS 5.0, 7.1.1 and 7.1.2). */
  describePolicy(): PolicyDescription {
    return describePolicy(this.core.options);
  }

  async health(): Promise<SessionHealth> {
    return { ...(await this.core.store.health()), factsDropped: this.core.facts.dropped };
  }
}
