import { cleanMethods } from './audit/audit-text.js';
import { SessionConflictError, SessionEndedError } from './errors.js';
import { newSessionToken, tokenHashOf } from './ids.js';
import type { Operations, RequestContext } from './operations.js';
import type { Announcer } from './live/session-notices.js';
import type { SessionOptions } from './policy/session-options.js';
import type { SessionRecord } from './session-record.js';
import type { RotateRequest, SessionStore } from './session-store.js';
import type { ActiveSession, RenewedSession, Verdict } from './verdict.js';

const MAX_ATTEMPTS = 3;

/** What an exchange at once is for. */
interface Purpose {
  readonly reauthenticated?: RotateRequest['reauthenticated'];
  /**
   * Whether an exchange that was first does what this one was to do. A second one would refuse the
   * token that is on its way to the browser, and so in the end perhaps the browser.
   */
  readonly isServedBy: (winner: SessionRecord) => boolean;
}

/** Exchanges of a session's token: at once where trust changes, gently where only time passed. */
export class TokenRotation {
  constructor(
    private readonly store: SessionStore,
    private readonly options: Pick<SessionOptions, 'absoluteTimeoutMs'>,
    private readonly operations: Operations,
    private readonly announcer: Announcer,
  ) {}

  /** A new token at once; the old one is refused from now on. @throws SessionEndedError */
  rotate(current: ActiveSession, request: RequestContext): Promise<RenewedSession> {
    return this.rotateNow(current.session, request, { isServedBy: isImmediate });
  }

  /**
   * As `rotate`; but what another request has been given meanwhile is refused too, whoever holds it.
   * Where two requests of one browser are in each other's way, it may have to sign in again.
   * @throws SessionEndedError, SessionConflictError
   */
  replace(current: ActiveSession, request: RequestContext): Promise<RenewedSession> {
    return this.rotateNow(current.session, request, { isServedBy: () => false });
  }

  /**
   * Renews the proof of identity: same session id, new token at once, both timeouts from now on
   * (NIST SP 800-63B-4, 5.2). @throws SessionEndedError if the session ended meanwhile
   */
  reauthenticate(
    current: ActiveSession,
    methods: readonly string[],
    request: RequestContext,
  ): Promise<RenewedSession> {
    const { session } = current;
    const absoluteExpiresAt = this.operations.now() + this.options.absoluteTimeoutMs;
    return this.rotateNow(session, request, {
      reauthenticated: { methods: cleanMethods(methods), absoluteExpiresAt },
      isServedBy: (winner) =>
        isImmediate(winner) && winner.authenticatedAt !== session.authenticatedAt,
    });
  }

  /**
   * What a request owes to the token it came with: notes the first use of a new one, exchanges
   * one that has come of age. Undefined: keep the token.
   */
  async attend(
    { session, token, confirmDue, rotationDue }: Extract<Verdict, { state: 'active' }>,
    request: RequestContext,
  ): Promise<ActiveSession | undefined> {
    if (confirmDue) {
      const operation = this.operations.begin({ initiator: 'user', ...request });
      await this.store.confirm(session.id, tokenHashOf(token), operation);
      return undefined;
    }
    return rotationDue ? this.rotateByAge(session, request) : undefined;
  }

  private async rotateNow(
    loaded: SessionRecord,
    request: RequestContext,
    { reauthenticated, isServedBy }: Purpose,
  ): Promise<RenewedSession> {
    const methods = reauthenticated && { methods: reauthenticated.methods };
    let session = loaded;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { id, tokenHash: from } = session;
      const token = newSessionToken(id, session.generation + 1);
      const operation = this.operations.begin({ initiator: 'user', ...request, ...methods });
      const rotated = await this.store.rotate(
        {
          id,
          from,
          to: tokenHashOf(token),
          kind: 'immediate',
          ...(reauthenticated && { reauthenticated }),
        },
        operation,
      );
      if (rotated.result === 'gone') throw new SessionEndedError('revoked', 'ended-meanwhile');
      session = rotated.session;
      if (rotated.result === 'lost') {
        if (isServedBy(session)) return { session };
        continue;
      }
      const type = reauthenticated ? 'session.reauthenticated' : 'session.rotated';
      this.announcer.change(type, session, operation.now);
      return { session, token };
    }
    throw new SessionConflictError();
  }

  /** Undefined: another request was first, and its answer carries the new token. */
  private async rotateByAge(
    session: SessionRecord,
    request: RequestContext,
  ): Promise<ActiveSession | undefined> {
    const unconfirmed = session.rotation === 'periodic' && session.confirmedAt === undefined;
    const { id, tokenHash, generation } = session;
    const token = newSessionToken(id, unconfirmed ? generation : generation + 1);
    const operation = this.operations.begin({ initiator: 'policy', ...request });
    const rotated = await this.store.rotate(
      {
        id,
        from: tokenHash,
        to: tokenHashOf(token),
        kind: 'periodic',
        replaceUnconfirmed: unconfirmed,
      },
      operation,
    );
    if (rotated.result !== 'rotated') return undefined;
    this.announcer.change('session.rotated', rotated.session, operation.now);
    return { session: rotated.session, token };
  }
}

const isImmediate = ({ rotation }: SessionRecord): boolean => rotation === 'immediate';
