import type { AuditEventType } from '../audit/audit-event.js';
import { shardOfSession, type SessionId } from '../ids.js';
import type { SessionEndings } from './session-endings.js';
import type { SessionOptions } from '../policy/session-options.js';
import type { SessionRecord } from '../session-record.js';
import type { EndedSession } from '../session-store.js';
import type { User } from '../user.js';

/** What happened on this node, told after the store has committed it. */
export interface SessionNotice {
  readonly type: AuditEventType;
  readonly at: number;
  /** Absent where a fact concerns more than one session. */
  readonly sessionId?: SessionId;
  readonly user?: User;
  readonly reason?: string;
}

/** Hears of every local change; `outboxGrew` names the shard where audit events now wait. Must not throw. */
export interface SessionListener {
  notice(notice: SessionNotice): void;
  outboxGrew(shard: number): void;
}

/** Lists fields by hand: an ending is told also where the session's data cannot be read. */
export const endingOf = ({ id, user }: SessionRecord, reason: string): EndedSession => ({
  id,
  ...(user && { user }),
  state: 'revoked',
  reason,
});

/** Turns committed changes into notices, so that every operation tells of them alike. */
export class Announcer {
  constructor(
    private readonly listener: SessionListener,
    private readonly options: Pick<SessionOptions, 'audit'>,
    private readonly sessionEndings: Pick<SessionEndings, 'tell' | 'doubt'>,
  ) {}

  change(type: AuditEventType, { id, user }: Pick<SessionRecord, 'id' | 'user'>, at: number): void {
    this.listener.notice({ type, at, sessionId: id, ...(user && { user }) });
    if (user) this.outboxGrew([shardOfSession(id)]);
  }

  endings(endings: readonly EndedSession[], at: number): void {
    this.sessionEndings.tell(endings);
    for (const { id, user, state, reason } of endings)
      this.listener.notice({
        type: `session.${state}`,
        at,
        sessionId: id,
        ...(user && { user }),
        reason,
      });
    this.outboxGrew(endings.filter(({ user }) => user).map(({ id }) => shardOfSession(id)));
  }

  /** Every session of the shard has ended. */
  epoch(shard: number, at: number, reason: string): void {
    this.sessionEndings.doubt(shard);
    this.fact(shard, { type: 'sessions.all_revoked', at, reason });
  }

  /** A fact that concerns no single session. */
  fact(shard: number, notice: SessionNotice): void {
    this.listener.notice(notice);
    this.outboxGrew([shard]);
  }

  /** Sessions of nobody leave no event, and without the audit nothing does. */
  private outboxGrew(shards: readonly number[]): void {
    if (!this.options.audit) return;
    for (const shard of new Set(shards)) this.listener.outboxGrew(shard);
  }
}
