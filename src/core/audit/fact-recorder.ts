import type { AuditContext, AuditEvent, AuditEventType } from './audit-event.js';
import { cleanText } from './audit-text.js';
import { shardOfSession, type SessionId } from '../ids.js';
import type { Operations } from '../operations.js';
import type { Announcer } from '../live/session-notices.js';
import type { SessionStore } from '../session-store.js';
import { shardOfUser, type User } from '../user.js';

/** A fact that changes no session, such as a request refused. */
export interface Fact {
  readonly type: AuditEventType;
  /** What it is limited by: the session or user it concerns, or the address it came from. */
  readonly key: string;
  readonly reason?: string;
  readonly sessionId?: SessionId;
  readonly user?: User;
  readonly context: AuditContext;
}

interface Tally {
  readonly windowEndsAt: number;
  readonly fact: Fact;
  suppressed: number;
}

const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

/**
 * Records facts, one a key and type and minute, so that whoever can cause them without limit
 * cannot fill the audit. What was held back is recorded as a count when the minute is over. Facts of
 * a type with more keys than there is room for count as if of one key: a flood hides no other type.
 * Never rejects: a fact that cannot be recorded must not fail the request that caused it.
 */
export class FactRecorder {
  private readonly tallies = new Map<string, Tally>();
  private droppedFacts = 0;

  constructor(
    private readonly store: SessionStore,
    private readonly operations: Operations,
    private readonly announcer: Announcer,
  ) {}

  /** Facts lost since the process began: the store did not take them. */
  get dropped(): number {
    return this.droppedFacts;
  }

  async record(fact: Fact): Promise<void> {
    const now = this.operations.now();
    const { key, told } = this.placeOf(fact);
    const tally = this.tallies.get(key);
    if (tally && now < tally.windowEndsAt) {
      tally.suppressed += 1;
      return;
    }
    this.tallies.set(key, { windowEndsAt: now + WINDOW_MS, fact: told, suppressed: 0 });
    if (tally) await this.recordSuppressed(tally);
    await this.append(fact);
  }

  /** Closes the minutes that are over. Called with the sweep. */
  async flush(): Promise<void> {
    const now = this.operations.now();
    for (const [key, tally] of this.tallies) {
      if (now < tally.windowEndsAt) continue;
      this.tallies.delete(key);
      await this.recordSuppressed(tally);
    }
  }

  /**
   * Closes every minute, over or not, so that a shutdown loses no count: all at once, in the time
   * of one call to the store. Safe to repeat.
   */
  async close(): Promise<void> {
    const tallies = [...this.tallies.values()];
    this.tallies.clear();
    await Promise.all(tallies.map((tally) => this.recordSuppressed(tally)));
  }

  /** What a fact is counted under, and what its count tells of it. */
  private placeOf(fact: Fact): { readonly key: string; readonly told: Fact } {
    const key = `${fact.type} ${fact.key}`;
    if (this.tallies.has(key) || this.tallies.size < MAX_KEYS) return { key, told: fact };
    const { type, context } = fact;
    return { key: type, told: { type, key: '', context: { initiator: context.initiator } } };
  }

  private async recordSuppressed({ fact, suppressed }: Tally): Promise<void> {
    if (suppressed === 0) return;
    const details = { ...fact.context.details, count: suppressed };
    await this.append({ ...fact, context: { ...fact.context, details } });
  }

  private async append({ type, sessionId, user, context, ...fact }: Fact): Promise<void> {
    const operation = this.operations.begin(context);
    const reason = fact.reason === undefined ? undefined : cleanText(fact.reason);
    const shard = this.shardOf(sessionId, user);
    const event: Pick<AuditEvent, 'type' | 'reason' | 'tenantId' | 'userId' | 'sessionId'> = {
      type,
      ...(reason !== undefined && { reason }),
      ...(sessionId && { sessionId }),
      ...user,
    };
    const taken = await this.store.append(shard, event, operation).catch(() => false);
    if (!taken) {
      this.droppedFacts += 1;
      return;
    }
    this.announcer.fact(shard, {
      type,
      at: operation.now,
      ...(sessionId && { sessionId }),
      ...(user && { user }),
      ...(reason !== undefined && { reason }),
    });
  }

  private shardOf(sessionId: SessionId | undefined, user: User | undefined): number {
    if (sessionId) return shardOfSession(sessionId);
    return user ? shardOfUser(user, this.store.shards) : 0;
  }
}
