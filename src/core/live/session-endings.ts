import type { SessionId } from '../ids.js';
import type { EndedState } from '../session-record.js';
import type { EndedSession, SessionStore, StoreLink, StoreWatch } from '../session-store.js';
import type { User } from '../user.js';

/** What has ended a session. */
export interface SessionEnding {
  readonly sessionId: SessionId;
  /** Absent: an anonymous session. */
  readonly user?: User;
  readonly state: EndedState;
  /** `logout`, `session-limit`, `idle`, `absolute`, `token-reused`, `all-revoked`, or as the one who revoked said. */
  readonly reason: string;
}

/** Neither may throw. */
export interface EndingListener {
  /** Once for each session, but for those that ended very long ago. */
  ended(ending: SessionEnding): void;
  /** Nothing is known of single sessions, but some of these may have ended: of one shard, or of any. */
  doubted(shard?: number): void;
}

/** How many endings are remembered, in order not to be told twice. */
const REMEMBERED = 10_000;

/**
 * All endings this process hears of, each told once, whether it comes from a call of its own, from
 * the store's messages, or from a look at the session. What another process ends while the link
 * is down is not heard of here unless somebody looks at the session.
 */
export class SessionEndings {
  private readonly listeners = new Set<EndingListener>();
  /** The older first. */
  private readonly told = new Set<SessionId>();
  private watch: Promise<StoreWatch | undefined> | undefined;

  constructor(
    private readonly store: SessionStore,
    private readonly reportError: (error: unknown) => void,
  ) {}

  /** From now on, until the returned function is called. The first call makes the link to the store. */
  listen(listener: EndingListener): () => void {
    this.listeners.add(listener);
    this.watch ??= this.store
      .watch({
        message: (message) => {
          if (message.type === 'ended') this.tell(message.endings);
          if (message.type === 'epoch') this.doubt(message.shard);
        },
        link: (link) => this.linked(link),
      })
      .catch((error: unknown) => {
        this.reportError(error);
        return undefined;
      });
    return () => this.listeners.delete(listener);
  }

  tell(endings: readonly EndedSession[]): void {
    for (const { id, user, state, reason } of endings) {
      if (this.told.has(id)) continue;
      this.remember(id);
      const ending = { sessionId: id, ...(user && { user }), state, reason };
      for (const listener of this.listeners) listener.ended(ending);
    }
  }

  doubt(shard?: number): void {
    for (const listener of this.listeners) listener.doubted(shard);
  }

  async close(): Promise<void> {
    this.listeners.clear();
    await (await this.watch)?.close();
    this.watch = undefined;
  }

  /** What was sent while the link was down is lost. */
  private linked(link: StoreLink): void {
    if (link === 'connected') this.doubt();
  }

  private remember(id: SessionId): void {
    this.told.add(id);
    if (this.told.size <= REMEMBERED) return;
    const [oldest] = this.told;
    this.told.delete(oldest!);
  }
}
