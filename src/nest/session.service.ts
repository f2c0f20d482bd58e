import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { cleanText } from '../core/audit-text.js';
import type { SessionId } from '../core/ids.js';
import type { SessionCore } from '../core/session-core.js';
import {
  requireReason,
  type RevokeAllOptions,
  type RevokeCause,
  type ShardProgress,
} from '../core/session-directory.js';
import { toSessionInfo, type SessionInfo } from '../core/session-info.js';
import type { Identity } from '../core/session-lifecycle.js';
import type { SessionNotice } from '../core/session-notices.js';
import type { SessionOptions } from '../core/session-options.js';
import type { SessionFilter } from '../core/session-search.js';
import type { Page, PageRequest, StoreHealth } from '../core/session-store.js';
import type { User } from '../core/user.js';
import { contextOf } from '../express/request-context.js';
import { requestSessionOf } from '../express/request-session-of.js';
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
  /** The one session to keep. */
  readonly except?: SessionId;
}

export interface RevokeWhereResult {
  /** Live sessions that matched. */
  readonly matched: number;
  /** Those of them that this call ended; the others had ended by themselves. */
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

const REVOKE_PAGE = 200;

/** The session module, as applications call it. @publicApi */
@Injectable()
export class SessionService {
  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    private readonly events: SessionEvents,
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
   * To be called before the response's headers leave.
   * @throws SessionIdentityInvalidError, SessionLimitReachedError, SessionUserBlockedError,
   * SessionAuditBacklogError, SessionStoreUnavailableError; the anonymous session is then untouched
   */
  async login(request: Request, identity: Identity): Promise<SessionInfo> {
    return toSessionInfo(await requestSessionOf(request).logIn(identity));
  }

  /** Ends the request's session and removes its cookie; `req.session` is empty afterwards. */
  logout(request: Request): Promise<void> {
    return requestSessionOf(request).endAndBegin('logout');
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
      key: context.ip ?? '',
      reason,
      ...(userId !== '' && { user }),
      context: { initiator: 'user', ...context },
    });
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

  /** Ends every live session that matches. Safe to repeat. @throws SessionInputInvalidError for a bad reason */
  async revokeWhere(
    filter: SessionFilter,
    { dryRun = false, except, ...cause }: RevokeWhereOptions,
  ): Promise<RevokeWhereResult> {
    requireReason(cause);
    let matched = 0;
    let ended = 0;
    let cursor: string | undefined;
    do {
      const page = await this.core.search.search(filter, {
        limit: REVOKE_PAGE,
        ...(cursor && { cursor }),
      });
      const ids = page.items.map(({ id }) => id).filter((id) => id !== except);
      matched += ids.length;
      if (!dryRun) {
        const answers = await Promise.all(ids.map((id) => this.revoke(id, cause)));
        ended += answers.filter(Boolean).length;
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return { matched, ended };
  }

  /** Refuses logins of the user until the instant; one that has passed lifts it. Live sessions stay. */
  block(user: User, until: Date | number, cause: RevokeCause): Promise<void> {
    return this.core.directory.block(user, Number(until), cause);
  }

  /** Ends every session of everybody. While `done` is less than `shards`, ask again. */
  revokeEverything(cause: RevokeCause): Promise<ShardProgress> {
    return this.core.directory.revokeEverything(cause);
  }

  /** The timeouts and limits in force (OWASP ASVS 5.0, 7.1.1 and 7.1.2). Durations in milliseconds. */
  describePolicy(): SessionOptions {
    return this.core.options;
  }

  async health(): Promise<SessionHealth> {
    return { ...(await this.core.store.health()), factsDropped: this.core.facts.dropped };
  }
}
