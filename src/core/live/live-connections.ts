import {
  belongsTo,
  BoundSessions,
  endingOf,
  knownLapseOf,
  mayHaveEnded,
  recordsOf,
  shardsOf,
  type BoundConnection,
  type BoundSession,
  type LiveFilter,
} from './bound-sessions.js';
import { SessionEndedError } from '../errors.js';
import {
  STORE_UNAVAILABLE,
  type ConnectionEnding,
  type LiveBinding,
  type LiveConnection,
} from './live-binding.js';
import type { Operations } from '../operations.js';
import type { SessionEndings } from './session-endings.js';
import type { SessionOptions } from '../policy/session-options.js';
import { touchDue } from '../policy/session-policy.js';
import type { SessionRecord } from '../session-record.js';
import type { FoundSession, SessionStore } from '../session-store.js';

export interface LiveConnectionsParts {
  readonly store: Pick<SessionStore, 'find' | 'findMany' | 'lastEndings'>;
  readonly options: SessionOptions;
  readonly operations: Operations;
  readonly endings: SessionEndings;
  /** Records activity of a session. */
  readonly touch: (session: SessionRecord) => Promise<'touched' | 'gone' | 'recent'>;
  readonly reportError: (error: unknown) => void;
}

/** How often in a check interval the timer looks which sessions are due. */
const LOOKS_AN_INTERVAL = 10;
/** Sessions in one read, so that others get their turn between two. */
const CHUNK = 1_000;

/**
 * The connections that stay open on this node, by session. When a session ends its connections are
 * closed: at once where this process ended it or the store's message arrives, and in any case when
 * the session is next looked at, which is every `liveCheckInterval`. A look asks for the last ending
 * of each shard, and reads records only where that is another than before, or their own times are
 * up. There is one timer for all, and none while nothing is bound.
 */
export class LiveConnections {
  private readonly sessions = new BoundSessions();
  /** Asked to close and not gone yet, with the instant they are cut; the earlier first. */
  private readonly closing = new Map<BoundConnection, number>();
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private outage = false;

  constructor(private readonly parts: LiveConnectionsParts) {}

  /**
   * Binds a connection to the session its handshake resolved. It counts from the call on; then the
   * session is read once more, so that one which has ended since closes the connection before this
   * resolves. Never rejects: while the store is away the connection waits for it as others do.
   */
  async bind(session: SessionRecord, connection: LiveConnection): Promise<LiveBinding> {
    this.start();
    const bound = this.sessions.of(session, this.parts.operations.now());
    const member: BoundConnection = { connection, bound, open: true };
    bound.connections.add(member);
    await this.read([bound]);
    return this.bindingOf(member);
  }

  /** Connections that are bound, or were asked to close and are not gone yet. */
  count(of?: LiveFilter): number {
    const sessions = of ? this.sessions.matching(of) : this.sessions.all();
    const closing = [...this.closing.keys()].filter(
      ({ bound }) => !of || belongsTo(bound.session, of),
    );
    return sessions.reduce((sum, { connections }) => sum + connections.size, closing.length);
  }

  /** Looks at all sessions now, or at those of one shard, and cuts what ignores its close. */
  async check(shard?: number): Promise<void> {
    this.cutOverdue();
    const all = this.sessions.all();
    await this.readAll(shard === undefined ? all : all.filter((bound) => bound.shard === shard));
  }

  /** Forgets all connections, which stay as they are. */
  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.stopListening?.();
    this.stopListening = undefined;
    this.sessions.clear();
    this.closing.clear();
  }

  private start(): void {
    this.stopListening ??= this.parts.endings.listen({
      ended: (ending) => this.end(ending),
      doubted: (shard) => void this.check(shard),
    });
    const pause = this.parts.options.liveCheckIntervalMs / LOOKS_AN_INTERVAL;
    this.timer ??= setInterval(() => this.look(pause), pause).unref();
  }

  private look(pause: number): void {
    this.cutOverdue();
    const dueSince = performance.now() - this.parts.options.liveCheckIntervalMs + pause;
    void this.readAll(this.sessions.askedBy(dueSince));
    if (this.sessions.size > 0 || this.closing.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Of each shard one name is read, and of its sessions only those that may have ended. */
  private async readAll(due: readonly BoundSession[]): Promise<void> {
    const askedAt = performance.now();
    for (const bound of due) bound.askedAt = askedAt;
    if (due.length === 0) return;
    const now = this.parts.operations.now();
    const endings = await this.ask(due, (store) => store.lastEndings(shardsOf(due)));
    if (!endings) return;
    const unsure = this.unsureAmong(due, endings, now);
    for (let from = 0; from < unsure.length; from += CHUNK)
      await this.read(unsure.slice(from, from + CHUNK), endings);
    if (unsure.length === 0) this.outage = false;
  }

  /** By their shards, of which some drivers make a read each. */
  private unsureAmong(
    due: readonly BoundSession[],
    endings: ReadonlyMap<number, string>,
    now: number,
  ): readonly BoundSession[] {
    const unsure: BoundSession[] = [];
    for (const bound of due)
      if (mayHaveEnded(bound, endings.get(bound.shard), now)) unsure.push(bound);
      else bound.aliveAt = now;
    return unsure.sort((left, right) => left.shard - right.shard);
  }

  /** @param endings the last of each shard, asked for before; none: those are not known */
  private async read(
    chunk: readonly BoundSession[],
    endings: ReadonlyMap<number, string> = new Map(),
  ): Promise<void> {
    const askedAt = this.parts.operations.now();
    const ids = chunk.map(({ session }) => session.id);
    const found = await this.ask(chunk, (store) => store.findMany(ids, recordsOf(chunk)));
    if (!found) return;
    this.outage = false;
    for (const bound of chunk) {
      bound.lastEnding = endings.get(bound.shard);
      this.judge(bound, found.get(bound.session.id), askedAt);
    }
  }

  /** Undefined where the store does not answer; what that means for these sessions is seen to. */
  private async ask<Answer>(
    about: readonly BoundSession[],
    question: (store: LiveConnectionsParts['store']) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    try {
      return await question(this.parts.store);
    } catch (error) {
      if (!this.outage) this.parts.reportError(error);
      this.outage = true;
      for (const bound of about) this.judgeUnread(bound);
      return undefined;
    }
  }

  private judge(bound: BoundSession, found: FoundSession | undefined, askedAt: number): void {
    const ended = endingOf(bound, found, this.parts.operations.now());
    if (!ended) return this.note(bound, found!.session as SessionRecord, askedAt);
    this.parts.endings.tell([ended]);
    const { id: sessionId, ...how } = ended;
    this.end({ sessionId, ...how });
  }

  private note(bound: BoundSession, session: SessionRecord, askedAt: number): void {
    bound.session = session;
    bound.lastSeenAt = session.lastSeenAt;
    bound.readAt = askedAt;
    bound.aliveAt = askedAt;
  }

  /** What is known of a session may end it; and it cannot stay unknown for ever. */
  private judgeUnread(bound: BoundSession): void {
    const { operations, options } = this.parts;
    const now = operations.now();
    const { id: sessionId, user } = bound.session;
    const whose = { sessionId, ...(user && { user }) };
    const lapse = knownLapseOf(bound, now);
    if (lapse) this.end({ ...whose, state: lapse.state, reason: lapse.reason });
    else if (now >= bound.aliveAt + options.liveOutageGraceMs)
      this.end({ ...whose, state: 'unavailable', reason: STORE_UNAVAILABLE });
  }

  private end(ending: ConnectionEnding): void {
    const bound = this.sessions.get(ending.sessionId);
    if (!bound) return;
    this.sessions.forget(bound);
    const cutAt = this.parts.operations.now() + this.parts.options.liveCloseGraceMs;
    const members = [...bound.connections];
    bound.connections.clear();
    for (const member of members) {
      member.open = false;
      this.closing.set(member, cutAt);
    }
    for (const { connection } of members) this.attempt(() => connection.close(ending));
  }

  private cutOverdue(): void {
    const now = this.parts.operations.now();
    for (const [member, cutAt] of this.closing) {
      if (cutAt > now) return;
      this.closing.delete(member);
      this.attempt(() => member.connection.terminate());
    }
  }

  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.parts.reportError(error);
    }
  }

  private bindingOf(member: BoundConnection): LiveBinding {
    const { bound } = member;
    return {
      get session() {
        return bound.session;
      },
      get open() {
        return member.open;
      },
      unbind: () => this.unbind(member),
      touch: () => this.touch(member),
      refresh: () => this.refresh(bound),
    };
  }

  private unbind(member: BoundConnection): void {
    const { bound } = member;
    member.open = false;
    this.closing.delete(member);
    if (bound.connections.delete(member) && bound.connections.size === 0)
      this.sessions.forget(bound);
  }

  private touch({ bound, open }: BoundConnection): void {
    const { options, operations, touch, reportError } = this.parts;
    const now = operations.now();
    if (!open || options.liveActivity === 'none' || !touchDue(bound, options, now)) return;
    bound.lastSeenAt = now;
    touch(bound.session)
      .then((answer) => (answer === 'gone' ? this.read([bound]) : undefined))
      .catch(reportError);
  }

  private async refresh(bound: BoundSession): Promise<SessionRecord> {
    const { store, operations } = this.parts;
    const askedAt = operations.now();
    const found = await store.find(bound.session.id);
    const ended = endingOf(bound, found, operations.now());
    this.judge(bound, found, askedAt);
    if (ended) throw new SessionEndedError(ended.state, ended.reason);
    return bound.session;
  }
}
